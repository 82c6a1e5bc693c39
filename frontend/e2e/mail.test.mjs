// The form for e-mail, which works without JavaScript. The SMTP server is away; what
// is sent is a matter of the tests of the server.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after } from 'node:test'
import { launch } from './browser.mjs'
import { test } from './harness.mjs'
import { start } from './server.mjs'

/** Returns a port that is free now. The server must know its public address, with the port, before it listens. */
const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })

const origin = `http://127.0.0.1:${await freePort()}`
const server = await start({
  OUTCRY_LISTEN: origin.slice('http://'.length),
  OUTCRY_PUBLIC_URL: origin,
  OUTCRY_SMTP_URL: 'smtp://127.0.0.1:1',
  OUTCRY_MAIL_FROM: 'news@outcry.example',
})
const browser = await launch()
after(async () => {
  await browser.close()
  await server.stop()
})

test('a visitor asks for e-mail, with and without script', async () => {
  for (const [javaScriptEnabled, language, answer] of [
    [false, 'en', 'Please look into your mailbox'],
    [true, 'bn', 'আপনার ইমেইল দেখুন'],
    [false, 'ar', 'انظر في بريدك من فضلك'],
  ]) {
    const context = await browser.newContext({ javaScriptEnabled, viewport: { width: 360, height: 640 } })
    const page = await context.newPage()
    const wrong = []
    page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()))
    await page.goto(`${origin}/${language}/whatsapp`)
    await page.locator('.tell a[href="#mail"]').click()
    await page.locator('input[name=address]').fill('reader@example.org')
    await page.locator('#mail button').click()
    await page.waitForURL(`${origin}/${language}/whatsapp/mail`)
    assert.equal(await page.locator('h1').textContent(), answer)
    assert.deepEqual(wrong, [])
    await context.close()
  }
})
