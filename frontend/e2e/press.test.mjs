// Presses of the report buttons without a connection: kept on the device, sent
// later, and counted once at the time of the press.
import assert from 'node:assert/strict'
import { observed, setUp, test, until, untilTextIs } from './harness.mjs'

const { browser, origin } = await setUp()

const minute = 60_000
const answer = (page) => page.locator('form.report [role=status]')
const kept = (page) => page.evaluate(() => localStorage.getItem('outcry-presses'))

/** Returns how many reports were counted in the minute of a moment. */
async function countAt(service, moment) {
  const from = new Date(moment - (moment % minute)).toISOString()
  const to = new Date(moment - (moment % minute) + minute).toISOString()
  const response = await fetch(`${origin}/api/v1/services/${service}/series?step=1m&from=${from}&to=${to}`)
  const { points } = await response.json()
  return points[0]?.count
}

test('a press without a connection is counted once, in the minute of the press', async () => {
  const context = await browser.newContext({ locale: 'en', timezoneId: 'Asia/Dhaka' })
  const page = await context.newPage()
  await page.goto(`${origin}/whatsapp`)
  await context.setOffline(true)
  const requests = []
  page.on('request', (request) => request.url().endsWith('/reports') && requests.push(request))
  const pressedAt = Date.now()
  await page.getByRole('button', { name: 'Messaging', exact: true }).click()
  const time = new Intl.DateTimeFormat('en', { timeStyle: 'short', hourCycle: 'h23', timeZone: 'Asia/Dhaka' })
  const words = `No connection. Kept on this device; it will be sent with its time, ${time.format(pressedAt)}.`
  await untilTextIs('what is kept', answer(page), words)
  assert.equal(await page.locator('[data-state=queued].rb').textContent(), 'Messaging')
  const later = pressedAt - (pressedAt % minute) + minute
  while (Date.now() < later) await new Promise((resolve) => setTimeout(resolve, later - Date.now())) // the next minute of the server's own clock
  assert.equal(await answer(page).textContent(), words)
  assert.equal(await observed(origin, 'whatsapp'), 0)

  await context.setOffline(false)
  const said = `Sent: your report of ${time.format(pressedAt)}. It counts at the time of your press.`
  await untilTextIs('what was sent', answer(page), said)
  assert.equal(await page.locator('[aria-pressed=true]').textContent(), 'Messaging')
  await until('reports in the minute of the press', () => countAt('whatsapp', pressedAt), 1)
  await until('all reports', () => observed(origin, 'whatsapp'), 1)
  assert.equal(
    new Set(requests.map((request) => request.postDataJSON().id)).size,
    1,
    'it has another ID when it is sent again',
  )
  assert.equal(await kept(page), null, 'the press is kept after it was sent')
  await context.close()
})

test('a press is sent by the next page that is opened, and by one of two', async () => {
  const context = await browser.newContext({ locale: 'en' })
  const page = await context.newPage()
  await page.goto(`${origin}/signal`)
  await context.setOffline(true)
  await page.getByRole('button', { name: 'Login', exact: true }).click()
  await until('what is kept', async () => (await answer(page).textContent())?.startsWith('No connection.'), true)
  await page.close()
  await context.setOffline(false)

  let posts = 0
  context.on('request', (request) => request.method() === 'POST' && request.url().endsWith('/reports') && posts++)
  const [home, signal] = [await context.newPage(), await context.newPage()]
  await Promise.all([home.goto(`${origin}/`), signal.goto(`${origin}/signal`)])
  await until('reports', () => observed(origin, 'signal'), 1)
  const said = async () =>
    [...(await home.locator('#notice').allTextContents()), await answer(signal).textContent()].filter((text) =>
      text?.startsWith('Sent: your report of '),
    ).length
  await until('a page that says so', said, 1)
  assert.equal(posts, 1)
  assert.equal(await kept(home), null)
  await context.close()
})

test('a press that became too old is not lost silently', async () => {
  const context = await browser.newContext({ locale: 'en' })
  const page = await context.newPage()
  await page.clock.install()
  await page.goto(`${origin}/telegram`)
  await context.setOffline(true)
  await page.getByRole('button', { name: 'App', exact: true }).click()
  await until('what is kept', async () => (await answer(page).textContent())?.startsWith('No connection.'), true)
  await page.clock.runFor(16 * minute)
  await until(
    'the end of the press',
    async () =>
      /^Your report of \d\d:\d\d was not counted\. It could not be sent/.test(await answer(page).textContent()),
    true,
  )
  await context.setOffline(false)
  assert.equal(await kept(page), null)
  await page.getByRole('button', { name: 'App', exact: true }).click()
  await until(
    'the answer to another press',
    async () => (await answer(page).textContent())?.startsWith('Counted: app.'),
    true,
  )
  await until('the count of the second press alone', () => observed(origin, 'telegram'), 1)
  await context.close()
})

test('a press that the server cannot take now is sent again after the time that it asks for', async () => {
  const page = await browser.newPage({ locale: 'en', serviceWorkers: 'block' }) // so that the test can answer in place of the server
  await page.clock.install()
  let busy = true
  let attempts = 0
  await page.route('**/services/viber/reports', (route) => {
    attempts++
    if (!busy) return route.continue()
    return route.fulfill({
      status: 503,
      headers: { 'Retry-After': '20' },
      contentType: 'application/problem+json',
      body: '{}',
    })
  })
  await page.goto(`${origin}/viber`)
  await page.getByRole('button', { name: 'Calls', exact: true }).click()
  await untilTextIs('what waits', answer(page), 'Not counted yet. Kept on this device; it is sent again in 20 seconds.')
  busy = false
  await page.clock.runFor(19_000)
  assert.equal(attempts, 1, 'it is sent before the time that the server asks for')
  await page.clock.runFor(6_000)
  await until(
    'what was sent',
    async () => (await answer(page).textContent())?.startsWith('Sent: your report of '),
    true,
  )
  assert.equal(attempts, 2)
  await page.close()
})

test('a press works where nothing can be stored', async () => {
  const page = await browser.newPage({ locale: 'en' })
  await page.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage'])
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException('not allowed', 'SecurityError')
        },
      })
  })
  await page.goto(`${origin}/discord`)
  await page.getByRole('button', { name: 'Login', exact: true }).click()
  await until('the answer', async () => (await answer(page).textContent())?.startsWith('Counted: login.'), true)
  await page.close()
})
