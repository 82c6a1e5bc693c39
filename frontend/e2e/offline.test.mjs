// Pages without a connection: copies that say how old they are, and nothing old
// once there is a connection again.
import assert from 'node:assert/strict'
import { report, setUp, test, until, untilTextIs } from './harness.mjs'

const { browser, origin } = await setUp()

/** Opens a context whose pages are controlled by the service worker. */
async function openKept(language, options = {}) {
  const context = await browser.newContext({
    locale: language,
    timezoneId: 'Asia/Dhaka',
    viewport: { width: 360, height: 640 },
    ...options,
  })
  const page = await context.newPage()
  await page.goto(`${origin}/method`)
  await page.evaluate(() => navigator.serviceWorker.ready.then(({ active }) => active.state))
  await until('the service worker', () => page.evaluate(() => navigator.serviceWorker.controller !== null), true)
  return { context, page }
}

/** Returns the addresses that a browser keeps, without the origin. */
const stored = (page) =>
  page.evaluate(async () => {
    const all = []
    for (const name of await caches.keys())
      for (const { url } of await (await caches.open(name)).keys()) all.push(url.slice(location.origin.length))
    return all.sort()
  })

/** Waits until the page in the visitor's zone is kept, and not only the one in UTC that the browser loaded first. */
const untilKept = (page, path) =>
  until(
    `the copy of ${path}`,
    () =>
      page.evaluate(async (path) => {
        const copy = await caches.match(path)
        return copy?.headers.get('Outcry-From')?.includes('zone=360') ?? false
      }, path),
    true,
  )

test('the page of a service is read without a connection, with its age', async () => {
  for (const [language, words] of [
    ['en', 'No connection. This page is from '],
    ['bn', 'সংযোগ নেই। এই পাতা '],
    ['ar', 'لا اتصال. هذه الصفحة من الساعة '],
  ]) {
    const { context, page } = await openKept(language)
    await page.goto(`${origin}/${language}/whatsapp`)
    assert.equal(await page.locator('#kept').isVisible(), false, 'a page with a connection calls itself a copy')
    await untilKept(page, `/${language}/whatsapp`)
    const time = await page.locator('.verdict time').last().textContent()
    await context.setOffline(true)
    await page.goto(`${origin}/${language}/whatsapp?range=6h`)
    assert.equal((await page.locator('#kept').innerText()).startsWith(words), true, 'the copy does not call itself one')
    assert.equal(
      await page.locator('#kept b').nth(1).textContent(),
      time,
      'the copy names another time than its numbers',
    )
    assert.equal(await page.locator('.verdict').evaluate((verdict) => getComputedStyle(verdict).borderStyle), 'dashed')
    assert.equal(
      await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
      true,
      'the copy is too wide',
    )
    await context.close()
  }
})

test('with a connection every page comes from the server', async () => {
  const { context, page } = await openKept('en')
  await page.goto(`${origin}/signal`)
  await untilKept(page, '/signal')
  await context.setOffline(true)
  await page.goto(`${origin}/signal`)
  await until('the age of the copy', () => page.locator('#kept').isVisible(), true)
  await report(origin, 'signal', 'app', 'another')
  await context.setOffline(false)
  await untilTextIs('people, without loading the page', page.locator('#verdict .why b').first(), '1 person')
  assert.equal(await page.locator('#kept').isVisible(), false, 'a renewed page calls itself a copy')
  await report(origin, 'signal', 'app', 'yet another')
  await until(
    'people after loading the page',
    async () => {
      await page.reload()
      return page.locator('#verdict .why b').first().textContent()
    },
    '2 people',
  )
  assert.equal(await page.locator('#kept').isVisible(), false)
  await context.close()
})

test('an open page says how old it is when the connection ends', async () => {
  const context = await browser.newContext({ locale: 'en' })
  const page = await context.newPage()
  await page.clock.install()
  await page.goto(`${origin}/telegram`)
  await context.setOffline(true)
  await page.clock.runFor(16_000)
  await until('the age', () => page.locator('#kept').isVisible(), true)
  await context.setOffline(false)
  await until('the renewed page', () => page.locator('#kept').isVisible(), false)
  await context.close()
})

test('a page that is not kept says that there is no connection, and lists those that are', async () => {
  for (const [language, head, name] of [
    ['en', 'No connection', 'Viber'],
    ['bn', 'সংযোগ নেই', 'ভাইবার'],
    ['ar', 'لا اتصال', 'فايبر'],
  ]) {
    const { context, page } = await openKept(language)
    await page.goto(`${origin}/${language}/viber`)
    await untilKept(page, `/${language}/viber`)
    await context.setOffline(true)
    for (const path of ['/method', '/whatsapp', '', '?q=bank', '/viber/history']) {
      await page.goto(`${origin}/${language}${path}`)
      assert.equal(await page.locator('h1').textContent(), head, path)
    }
    assert.equal(await page.locator('#kept-list a').textContent(), name)
    await page.locator('#kept-list a').click()
    await page.waitForURL(`${origin}/${language}/viber`)
    await until('the copy', () => page.locator('#kept').isVisible(), true)
    await page.goto(`${origin}/${language}/method`)
    await context.setOffline(false)
    await until('the page itself', async () => (await page.locator('h1').textContent()) !== head, true)
    await context.close()
  }
})

test('only pages of services and their files are kept', async () => {
  const { context, page } = await openKept('en')
  for (const path of [
    '/',
    '/admin',
    '/developers',
    '/?q=bank',
    '/api/v1/services/whatsapp',
    '/nowhere',
    '/whatsapp/history',
  ])
    await page.goto(origin + path)
  await page.goto(`${origin}/discord`)
  await untilKept(page, '/discord')
  await page.goto(`${origin}/discord?said=works&at=${Date.now()}`) // an answer to one visitor
  await page.goto(`${origin}/embed/report/discord`)
  const kept = (await stored(page)).map((address) => address.replace(/\.[0-9a-f]{10}\./, '.'))
  assert.deepEqual(
    kept.filter((address) => !address.startsWith('/static/')),
    ['/discord', '/offline'],
  )
  assert.equal(
    await page.evaluate(async () =>
      /class="said" role|aria-pressed="true"/.test(await (await caches.match('/discord')).text()),
    ),
    false,
    'the answer to a press is kept',
  )
  await context.setOffline(true)
  for (const path of ['/bn/admin', '/api/v1/services', '/embed/report/telegram', '/map/telegram.svg']) {
    const tab = await context.newPage()
    await assert.rejects(
      tab.goto(origin + path),
      /ERR_INTERNET_DISCONNECTED/,
      `${path} is answered without a connection`,
    )
    await tab.close()
  }
  await context.close()
})

test('the site can be installed', async () => {
  for (const [language, dir] of [
    ['en', 'ltr'],
    ['bn', 'ltr'],
    ['ar', 'rtl'],
  ]) {
    const page = await browser.newPage()
    await page.goto(`${origin}/${language}`)
    const address = await page.locator('link[rel=manifest]').evaluate((link) => link.href)
    const manifest = await (await fetch(address)).json()
    assert.deepEqual([manifest.lang, manifest.dir, manifest.start_url], [language, dir, `/${language}`])
    for (const { src, sizes } of manifest.icons) {
      const size = await page.evaluate(async (src) => {
        const image = new Image()
        image.src = src
        await image.decode()
        return `${image.naturalWidth}x${image.naturalHeight}`
      }, src)
      if (sizes !== 'any') assert.equal(size, sizes, src)
    }
    const session = await page.context().newCDPSession(page)
    const { errors } = await session.send('Page.getAppManifest')
    assert.deepEqual(errors, [])
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors')
    assert.deepEqual(
      installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito'), // as all pages of tests are
      [],
    )
    await page.close()
  }
})
