// What every end-to-end test needs: a list of tests, waiting, reports from others,
// and a run that says what became of each.
import assert from 'node:assert/strict'
import { launch } from './browser.mjs'
import { start } from './server.mjs'

export const patience = 30_000 // ms, for any one thing a test waits for
const longest = 600_000 // ms, for one test

const tests = []

/** Adds a test, which gets { browser, origin } of a server that all tests share. */
export const test = (name, run) => tests.push({ name, run })

/** Waits until ask answers want, and fails naming what was waited for. */
export async function until(what, ask, want) {
  const end = Date.now() + patience
  for (;;) {
    const got = await ask()
    if (got === want) return
    assert(Date.now() < end, `${what}: got ${got} after ${patience / 1000} s, want ${want}`)
    await new Promise((resolve) => setTimeout(resolve, 100)) // between two looks
  }
}

/** Waits until a place in a page reads as it should. */
export const reads = (what, locator, want) => until(what, async () => (await locator.textContent())?.trim(), want)

/** Reports a problem as another device, as an app does. */
export async function report(origin, service, symptom, device) {
  const response = await fetch(`${origin}/api/v1/services/${service}/reports`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ symptom, device }),
  })
  const answer = await response.json()
  assert.equal(response.status, 202, JSON.stringify(answer))
  assert.equal(answer.counted, true, JSON.stringify(answer))
}

/** How many reports of a service are counted now. */
export async function observed(origin, service) {
  const response = await fetch(`${origin}/api/v1/services/${service}`)
  return (await response.json()).status.observed
}

/** Three others report, and their reports have reached the board. */
export async function threeOthers(origin, service, symptom) {
  for (const device of ['first', 'second', 'third']) await report(origin, service, symptom, device)
  await until(`reports of ${service}`, () => observed(origin, service), 3)
}

/** Runs one test within its time. */
async function bounded(run, context) {
  let timer
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`not done after ${longest / 1000} s`)), longest)))
  try {
    await Promise.race([run(context), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Runs all tests and ends the process with what became of them. */
export async function runAll() {
  let failed = 0
  const server = await start()
  try {
    const browser = await launch()
    for (const { name, run } of tests) {
      const begin = Date.now()
      try {
        await bounded(run, { browser, origin: server.origin })
        console.log(`ok      ${name} (${((Date.now() - begin) / 1000).toFixed(1)} s)`)
      } catch (error) {
        failed++
        console.log(`FAILED  ${name}: ${error.message}`)
      }
    }
    await browser.close()
  } catch (error) {
    failed++
    console.error(error.message)
  } finally {
    await server.stop()
  }
  console.log(`${tests.length - failed} passed, ${failed} failed`)
  process.exit(failed ? 1 : 0)
}
