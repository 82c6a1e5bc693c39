// What the end-to-end tests share: a server, a browser, waiting, and reports
// from other devices.
import assert from 'node:assert/strict'
import { after, test as nodeTest } from 'node:test'
import { launch } from './browser.mjs'
import { start } from './server.mjs'

export const timeout = 30_000 // ms, for any one thing a test waits for
const longest = 600_000 // ms, for one test

/** Adds a test that fails when it takes too long. */
export const test = (name, run) => nodeTest(name, { timeout: longest }, run)

/** Starts the server and the browser that the tests of a file share. Both stop after the last test. */
export async function setUp() {
  const server = await start()
  const browser = await launch()
  after(async () => {
    await browser.close()
    await server.stop()
  })
  return { browser, origin: server.origin }
}

/** Waits until ask returns want. Fails with the name of what it waits for. */
export async function until(what, ask, want) {
  const end = Date.now() + timeout
  for (;;) {
    const got = await ask()
    if (got === want) return
    assert(Date.now() < end, `${what}: got ${got} after ${timeout / 1000} s, want ${want}`)
    await new Promise((resolve) => setTimeout(resolve, 100)) // between two looks
  }
}

/** Waits until the text at a place of a page is want. */
export const untilTextIs = (what, locator, want) => until(what, async () => (await locator.textContent())?.trim(), want)

/** Reports a problem from a device of its own, as an app does. */
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

/** Returns how many reports of a service are counted now. */
export async function observed(origin, service) {
  const response = await fetch(`${origin}/api/v1/services/${service}`)
  return (await response.json()).status.observed
}

/** Reports a problem from three devices and waits until the reports are counted. */
export async function reportFromThree(origin, service, symptom) {
  for (const device of ['first', 'second', 'third']) await report(origin, service, symptom, device)
  await until(`reports of ${service}`, () => observed(origin, service), 3)
}
