// The site behind nginx with TLS: below a path, and with the defaults of nginx.
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { launch } from './browser.mjs'
import { test, until, untilTextIs } from './harness.mjs'
import { openHostPage, serveHostPage, untilSeen } from './host.mjs'
import { belowAPath, defaults, startBehind } from './proxy.mjs'

const browser = await launch(['--ignore-certificate-errors']) // of the certificate, which also keeps out service workers
after(() => browser.close())

const styles = {
  'that passes the path on': belowAPath,
  'that takes the path away': belowAPath.replace('proxy_pass http://outcry;', 'proxy_pass http://outcry/;'),
}

/** Opens a page, and records what goes wrong and which addresses do not begin with origin. */
async function open(origin, path, options = {}) {
  const context = await browser.newContext({ locale: 'en', ignoreHTTPSErrors: true, ...options })
  const page = await context.newPage()
  const faults = []
  context.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`)
  })
  context.on('request', (request) => {
    if (!request.url().startsWith(origin + '/') && request.url() !== origin && !request.url().startsWith('data:'))
      faults.push(`elsewhere: ${request.url()}`)
  })
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  page.on('pageerror', (error) => faults.push(`thrown: ${error.message}`))
  await page.goto(origin + path)
  return { context, page, faults }
}

/** Reports a problem from a device of its own. */
async function report(context, origin, service, device) {
  const response = await context.request.post(`${origin}/api/v1/services/${service}/reports`, {
    data: { symptom: 'messaging', device, country: 'BD' },
  })
  assert.equal(response.status(), 202, await response.text())
}

const observed = async (context, origin, service) =>
  (await (await context.request.get(`${origin}/api/v1/services/${service}`)).json()).status.observed

const said = (page) => page.locator('form.report [role=status].said')

for (const [name, example] of Object.entries(styles)) {
  test(`below a path, behind a proxy ${name}, pages, presses and embeds work`, async (t) => {
    const behind = await startBehind(example, (address) => ({
      OUTCRY_PUBLIC_URL: `${address}/outcry/`,
      OUTCRY_TRUSTED_PROXIES: '127.0.0.1',
      OUTCRY_TICK: '1s',
    }))
    const origin = behind.address + '/outcry'
    try {
      await t.test('a press is counted with and without the script', () => press(origin))
      if (example !== belowAPath) return // the rest is no other than behind the first
      await t.test('a page is styled, live, and leads to pages below the path', () => live(origin))
      await t.test('pages are kept below the path', () => kept(origin))
      await t.test('calls of scripts go below the path', () => calls(origin))
      await t.test('a host page embeds elements, frames and pictures', () => embeds(origin))
      assert.deepEqual(
        behind.server.log.filter((line) => /level=(WARN|ERROR)/.test(line)),
        [],
      )
    } finally {
      await behind.stop()
    }
  })
}

async function live(origin) {
  const { context, page, faults } = await open(origin, '/whatsapp')
  const streams = []
  page.on('request', (request) => request.url().includes('/events') && streams.push(request.url()))
  await page.reload()
  assert.notEqual(
    await page.locator('.foot').evaluate((one) => getComputedStyle(one).borderTopStyle),
    'none',
    'no style',
  )
  await until('an event stream', () => streams.length > 0, true)
  assert.equal(streams[0], `${origin}/api/v1/events?service=whatsapp`)
  const before = await page.locator('#course').innerHTML()
  for (const device of ['first', 'second', 'third']) await report(context, origin, 'whatsapp', device)
  await until('a newer course', async () => (await page.locator('#course').innerHTML()) !== before, true)

  await page.locator('#lang summary').click()
  await page.locator('#lang a[hreflang=bn]').click()
  await page.waitForURL(`${origin}/bn/whatsapp`)
  await page.locator('.mark').click()
  await page.waitForURL(`${origin}/bn`)
  const find = page.locator('.main form.big input, main form.big input').first()
  await find.fill('telegr')
  await page.locator('#found a').first().click()
  await page.waitForURL(`${origin}/bn/telegram`)
  await page.goto(`${origin}/developers`)
  await page.locator('#built').scrollIntoViewIfNeeded()
  await until('the preview', () => page.locator('outcry-heatmap [part=title]').count(), 1)
  assert.match(await page.locator('#start code').first().textContent(), new RegExp(`${origin}/api/v1/services`))
  assert.deepEqual(faults, [])
  await context.close()
}

async function press(origin) {
  for (const [javaScriptEnabled, service] of [
    [true, 'signal'],
    [false, 'viber'],
  ]) {
    const { context, page, faults } = await open(origin, `/${service}`, { javaScriptEnabled })
    await page.getByRole('button', { name: 'Messaging', exact: true }).click()
    await until(`the answer about ${service}`, () => said(page).count(), 1)
    assert.equal(page.url().split('?')[0], `${origin}/${service}`)
    await until(`the report of ${service}`, () => observed(context, origin, service), 1)
    assert.deepEqual(faults, [])
    await context.close()
  }
}

async function kept(origin) {
  const { context, page } = await open(origin, '/whatsapp')
  await page.evaluate(() => navigator.serviceWorker.ready)
  const scope = await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.scope)
  assert.equal(scope, origin + '/')
  await page.reload() // the worker stores what it sees
  await until(
    'the kept page',
    () => page.evaluate(async (url) => Boolean(await caches.match(url)), `${origin}/whatsapp`),
    true,
  )
  await context.setOffline(true)
  await page.goto(`${origin}/whatsapp`)
  assert.match(await page.locator('h1').textContent(), /WhatsApp/)
  await page.goto(`${origin}/bn/telegram`)
  assert.equal(await page.locator('#kept-list a').first().getAttribute('href'), '/outcry/whatsapp')

  await page.goto(`${origin}/whatsapp`)
  await page.getByRole('button', { name: 'Login', exact: true }).click()
  await until(
    'what waits',
    () => page.evaluate(() => Object.keys(localStorage).some((name) => name.startsWith('outcry-presses/outcry'))),
    true,
  )
  const counted = await observed(context, origin, 'whatsapp')
  await context.setOffline(false)
  await until('the kept press', () => observed(context, origin, 'whatsapp'), counted + 1)
  await context.close()
}

async function calls(origin) {
  const { context, page } = await open(origin, '/admin')
  const asked = page.waitForRequest((request) => request.url().includes('/admin/withheld'))
  await page.locator('#admin-key input').fill('outcry_admin_wrong')
  await page.locator('#admin-key button').click()
  assert.equal((await asked).url(), `${origin}/api/v1/admin/withheld`)

  await page.evaluate((expires) => {
    const told = { x: { token: 'no-such-token', when: 'breaks', incident: '', expires } }
    localStorage.setItem('outcry-told/outcry', JSON.stringify(told))
  }, Date.now() + 60_000)
  const ended = page.waitForRequest((request) => request.method() === 'DELETE')
  await page.goto(`${origin}/whatsapp`)
  assert.equal((await ended).url(), `${origin}/api/v1/push/subscriptions/no-such-token`)
  await context.close()
}

async function embeds(origin) {
  const body = `<outcry-heatmap service="whatsapp"></outcry-heatmap><outcry-chart service="whatsapp" origin="${origin}/"></outcry-chart><outcry-report service="whatsapp"></outcry-report>
<img id="badge" src="${origin}/badge/whatsapp.svg" alt=""><img id="map" src="${origin}/map/whatsapp.svg" alt=""><img id="card" src="${origin}/card/whatsapp.png" alt="">`
  const host = await serveHostPage(origin, body)
  try {
    const { context, tab, errors, requests } = await openHostPage(browser, host, {
      ignoreHTTPSErrors: true,
      viewport: { width: 1000, height: 3000 },
    })
    await until('the map', () => tab.locator('outcry-heatmap [part=title]').count(), 1)
    await until('the chart', () => tab.locator('outcry-chart path.count').count(), 1)
    for (const id of ['badge', 'map', 'card'])
      await until(
        `the ${id}`,
        () => tab.locator(`#${id}`).evaluate((one) => one.complete && one.naturalWidth > 0),
        true,
      )
    const link = tab.locator('outcry-heatmap a').last()
    assert.equal(await link.getAttribute('href'), `${origin}/en/whatsapp`)

    const frame = tab.frameLocator('outcry-report iframe')
    await untilSeen(tab, frame)
    await frame.getByRole('button', { name: 'Login', exact: true }).click()
    await frame.locator('#question').waitFor()
    await untilSeen(tab, frame)
    await frame.locator('button[name=confirm]').click()
    await until('the answer in the frame', () => frame.locator('.said').count(), 1)
    const others = requests.filter(
      (url) => !url.startsWith(origin + '/') && !url.startsWith(host.url) && !url.startsWith('data:'),
    )
    assert.deepEqual(others, [])
    assert.deepEqual(errors, [])

    const answer = await (
      await context.request.get(`${origin}/oembed?url=${encodeURIComponent(origin + '/bn/whatsapp')}`)
    ).json()
    assert.equal(answer.provider_url, origin)
    const embedded = await serveHostPage(origin, answer.html, { script: '' })
    const other = await openHostPage(browser, embedded)
    await untilTextIs('the frame', other.tab.frameLocator('iframe').locator('.embed-f a'), 'সারণি ও পদ্ধতি: আউটক্রাই')
    await embedded.stop()
    await other.context.close()
    await context.close()
  } finally {
    await host.stop()
  }
}

test('behind nginx with its defaults and nothing set, presses count and the log says what to set', async () => {
  const behind = await startBehind(defaults, () => ({ OUTCRY_TICK: '1s' }))
  try {
    await press(behind.address)
    const { context, page } = await open(behind.address, '/developers')
    await until(
      'the address of the visitor',
      async () => (await page.locator('#start code').first().textContent()).includes(`${behind.address}/api/v1`),
      true,
    )
    await context.close()
    const warnings = behind.server.log.filter((line) => line.includes('level=WARN'))
    assert.equal(warnings.length, 1, warnings.join('\n'))
    assert.match(warnings[0], /OUTCRY_PUBLIC_URL/)
    assert.ok(warnings[0].includes(`origin=${behind.address}`), warnings[0])
  } finally {
    await behind.stop()
  }
})
