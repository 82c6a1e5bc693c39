// The frame with the report buttons, on host pages that are honest and on others.
import assert from 'node:assert/strict'
import { observed, reportFromThree, setUp, test, until, untilTextIs } from './harness.mjs'
import { openHostPage, serveHostPage, untilSeen } from './host.mjs'

const { browser, origin } = await setUp()

test('a report through a host page is confirmed and counted once', async () => {
  await reportFromThree(origin, 'signal', 'app')
  const page = await serveHostPage(origin, '<outcry-report service="signal"></outcry-report>')
  const { context, tab, errors } = await openHostPage(browser, page)
  await tab.evaluate(() =>
    document.addEventListener('outcry-report', (event) => (document.title = JSON.stringify(event.detail))),
  )
  const frame = tab.frameLocator('iframe')
  await untilSeen(tab, frame)
  await frame.getByRole('button', { name: 'App', exact: true }).click()
  await untilTextIs('the question', frame.locator('#question'), 'Send to Outcry: “Signal: App”?')
  assert.equal(await observed(origin, 'signal'), 3, 'it is counted before it is confirmed')
  await untilSeen(tab, frame)
  await frame.getByRole('button', { name: 'Yes, send' }).click()
  await untilTextIs('the answer', frame.locator('.said'), 'Counted: app. You and 3 others in the last 15 minutes.')
  await until('the event', () => tab.title(), '{"service":"signal","counted":true}')
  assert.deepEqual(errors, [])
  await until('reports', () => observed(origin, 'signal'), 4)
  await context.close()
  await page.stop()
})

test('a frame without its script sends nothing, and says where to report', async () => {
  const page = await serveHostPage(
    origin,
    `<iframe src="${origin}/embed/report/imo?lang=en" width="600" height="420" title="x"></iframe>`,
  )
  const { context, tab } = await openHostPage(browser, page, { javaScriptEnabled: false })
  const frame = tab.frameLocator('iframe')
  await frame.getByRole('button', { name: 'App', exact: true }).click()
  await until(
    'the words',
    async () => (await frame.locator('.said').textContent())?.includes('Reports are taken on the page'),
    true,
  )
  assert.equal(await observed(origin, 'imo'), 0)
  await context.close()
  await page.stop()
})

test('a press of a frame that cannot be seen counts nothing', async () => {
  const page = await serveHostPage(
    origin,
    `<iframe src="${origin}/embed/report/telegram?lang=en" width="600" height="420" title="x"></iframe><p id="cover">Win a prize</p>`,
  )
  for (const [element, style] of [
    ['iframe', { opacity: '0.01' }],
    ['#cover', { position: 'absolute', inset: '0', background: 'white', pointerEvents: 'none' }],
  ]) {
    const { context, tab } = await openHostPage(browser, page)
    await tab.locator(element).evaluate((e, style) => Object.assign(e.style, style), style)
    const frame = tab.frameLocator('iframe')
    await untilSeen(tab, frame)
    await frame.getByRole('button', { name: 'App', exact: true }).click({ force: true })
    await until('the words', () => frame.locator('[data-sealed]').isVisible(), true)
    assert.equal(await observed(origin, 'telegram'), 0)
    await context.close()
  }
  await page.stop()
})

test('a click that comes too early asks nothing', async () => {
  const page = await serveHostPage(origin, '<outcry-report service="telegram"></outcry-report>')
  const { context, tab } = await openHostPage(browser, page)
  const frame = tab.frameLocator('iframe')
  const wasEarly = await frame.locator('form.report').evaluate((form) => {
    form.requestSubmit(form.querySelector('button'))
    return performance.now() < 600
  })
  if (wasEarly) assert.equal(await frame.locator('#question').count(), 0, 'the first click is taken')
  assert.equal(await observed(origin, 'telegram'), 0)
  await context.close()
  await page.stop()
})
