// The button for notifications. A browser of the test reaches no push service, so
// its PushManager is a stub; the server, the page and the service worker are real,
// and the message comes from the tools of the browser.
import assert from 'node:assert/strict'
import { setUp, test, until, untilTextIs } from './harness.mjs'

const { browser, origin } = await setUp()

const keys = {
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
}

/** Opens a page in a browser that answers the question about notifications, with a stub in place of its push service. */
async function open(path, answer, options = {}) {
  const context = await browser.newContext({ viewport: { width: 360, height: 640 }, ...options })
  if (answer === 'granted') await context.grantPermissions(['notifications'], { origin })
  await context.addInitScript(
    ({ answer, keys }) => {
      window.Notification.requestPermission = () => Promise.resolve(answer)
      const stored = () => localStorage.getItem('stub')
      const subscription = () => ({
        endpoint: stored(),
        toJSON: () => ({ endpoint: stored(), expirationTime: null, keys }),
        unsubscribe: () => Promise.resolve(localStorage.removeItem('stub')),
      })
      window.PushManager.prototype.getSubscription = () => Promise.resolve(stored() ? subscription() : null)
      window.PushManager.prototype.subscribe = ({ applicationServerKey, userVisibleOnly }) => {
        if (!userVisibleOnly || !/^B[\w-]{86}$/.test(applicationServerKey)) return Promise.reject(new Error('no key'))
        if (!stored()) localStorage.setItem('stub', `https://push.example.net/${Math.random()}`)
        return Promise.resolve(subscription())
      }
    },
    { answer, keys },
  )
  const page = await context.newPage()
  await page.goto(origin + path)
  return { context, page, button: page.locator('#tell'), said: page.locator('#told') }
}

const remembered = (page) => page.evaluate(() => JSON.parse(localStorage.getItem('outcry-told') ?? '{}'))

test('a visitor asks to be told, is remembered, and stops', async () => {
  for (const [language, ask, told, stop, stopped] of [
    [
      'en',
      'Tell me when it breaks',
      'You will be told on this device when it breaks. For 30 days.',
      'Stop',
      'Stopped. ',
    ],
    ['bn', 'বন্ধ হলে জানান', 'বন্ধ হলে এই ডিভাইসে জানানো হবে। ৩০ দিন পর্যন্ত।', 'থামান', 'থামানো হয়েছে। '],
    ['ar', 'أخبرني حين يتعطّل', 'ستُخبَر على هذا الجهاز حين يتعطّل. لمدة ٣٠ يومًا.', 'إيقاف', 'أُوقف. '],
  ]) {
    const { context, page, button, said } = await open(`/${language}/whatsapp`, 'granted')
    await untilTextIs('the button', button, ask)
    await button.click()
    await untilTextIs('the answer', said, told)
    assert.equal(await button.textContent(), stop)
    assert.equal(await button.evaluate((one) => one === document.activeElement), true, 'the button lost the focus')
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'it is too wide')
    const { token } = (await remembered(page)).whatsapp
    await page.reload()
    await untilTextIs('the answer', said, told)
    await button.click()
    await until('the answer', async () => (await said.textContent()).startsWith(stopped), true)
    assert.equal(await button.textContent(), ask)
    assert.deepEqual(await remembered(page), {})
    assert.equal(await page.evaluate(() => localStorage.getItem('stub')), null, 'the browser is still subscribed')
    const again = await fetch(`${origin}/api/v1/push/subscriptions/${token}`, { method: 'DELETE' })
    assert.equal(again.status, 404, 'the server still has the subscription')
    await context.close()
  }
})

test('a refusal says what to do, and nothing is stored', async () => {
  const { context, page, button, said } = await open('/en/whatsapp', 'denied')
  await untilTextIs('the button', button, 'Tell me when it breaks')
  await button.click()
  await untilTextIs(
    'the answer',
    said,
    'Your browser blocks notifications of this site. Allow them in the settings of the site, then press again.',
  )
  assert.deepEqual(await remembered(page), {})
  assert.equal(await page.evaluate(() => localStorage.getItem('stub')), null)
  await context.close()
})

test('who takes the permission back is not sent anything any more', async () => {
  const { context, page, button, said } = await open('/en/whatsapp', 'granted')
  await untilTextIs('the button', button, 'Tell me when it breaks')
  await button.click()
  await until('the subscription', async () => Boolean((await remembered(page)).whatsapp), true)
  const { token } = (await remembered(page)).whatsapp
  await page.evaluate(() => localStorage.removeItem('stub'))
  await page.reload()
  await untilTextIs('the button', button, 'Tell me when it breaks')
  assert.equal(await said.textContent(), '')
  const again = await fetch(`${origin}/api/v1/push/subscriptions/${token}`, { method: 'DELETE' })
  assert.equal(again.status, 404, 'the server still has the subscription')
  await context.close()
})

test('where the browser cannot show notifications, or runs no script, there is no button', async () => {
  const { context, page, button } = await open('/en/signal', 'granted', { javaScriptEnabled: false })
  assert.equal(await button.isVisible(), false)
  assert.equal(await page.locator('.tell a').isVisible(), true, 'the feed is not offered')
  await context.close()
  const old = await browser.newContext()
  await old.addInitScript(() => delete window.PushManager)
  const other = await old.newPage()
  await other.goto(`${origin}/en/signal`, { waitUntil: 'load' })
  assert.equal(await other.locator('#tell').isVisible(), false)
  await old.close()
})

test('the service worker shows a message once for each incident', async () => {
  const { context, page } = await open('/bn/whatsapp', 'granted')
  await page.evaluate(() => navigator.serviceWorker.ready)
  const tools = await context.newCDPSession(page)
  const registration = new Promise((resolve) =>
    tools.on(
      'ServiceWorker.workerRegistrationUpdated',
      ({ registrations: [one] }) => one && resolve(one.registrationId),
    ),
  )
  await tools.send('ServiceWorker.enable')
  const registrationId = await registration
  const shown = () =>
    page.evaluate(async () =>
      (await (await navigator.serviceWorker.ready).getNotifications()).map(({ title, body, tag, lang, data }) => ({
        title,
        body,
        tag,
        lang,
        data,
      })),
    )
  for (const title of ['WhatsApp বন্ধ', 'WhatsApp-এর সমস্যা শেষ']) {
    const data = JSON.stringify({ title, body: '০৭:১২ থেকে।', path: 'bn/whatsapp', tag: 'whatsapp-1', lang: 'bn' })
    await tools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data })
    const want = [{ title, body: '০৭:১২ থেকে।', tag: 'whatsapp-1', lang: 'bn', data: 'bn/whatsapp' }]
    await until(title, async () => JSON.stringify(await shown()), JSON.stringify(want))
  }
  await context.close()
})
