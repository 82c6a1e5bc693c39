// End-to-end tests of what stands on pages of others.
//
//   npm run e2e
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import { observed, reads, runAll, test, threeOthers, until } from './harness.mjs'
import { host } from './host.mjs'
import { replay } from './outage.mjs'
import { start } from './server.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const budgets = { elements: 16, frame: 25 } // KB, gzipped
const again = 61_000 // ms, after which a picture has asked again

const all = '<outcry-heatmap service="whatsapp"><a href="/instead">Map</a></outcry-heatmap><outcry-chart service="whatsapp"><a href="/instead">Chart</a></outcry-chart>'

/** Opens a page of others and watches what it does. */
async function open(browser, page, options = {}) {
  const context = await browser.newContext({ locale: 'en', ...options })
  const tab = await context.newPage()
  if (options.clock) await tab.clock.install()
  const errors = []
  const requests = []
  tab.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  tab.on('pageerror', (error) => errors.push(`thrown: ${error.message}`))
  tab.on('request', (request) => requests.push(request.url()))
  await tab.addInitScript(() => {
    window.shift = 0 // read by the tests
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.shift += entry.value))).observe({ type: 'layout-shift', buffered: true })
  })
  await tab.goto(page.url)
  return { context, tab, errors, requests, shift: () => tab.evaluate(() => window.shift) }
}

/** What axe finds in a page, its shadow roots included. */
async function barriers(tab) {
  await tab.evaluate(axe)
  const { violations } = await tab.evaluate(() => window.axe.run())
  return violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(', ')}`)
}

const time = (tab, element) => tab.locator(`${element} time`)

test('elements are guests that leave nothing behind', async ({ browser, origin }) => {
  await threeOthers(origin, 'whatsapp', 'messaging')
  const page = await host(origin, all)
  const bare = await host(origin, all, { script: '' })
  try {
    for (const width of [320, 660, 1280]) {
      const { context, tab, errors, requests, shift } = await open(browser, page, { viewport: { width, height: 2_000 } })
      await reads('the map', tab.locator('outcry-heatmap [part=title]'), 'WhatsApp: no sign of trouble')
      await until('the chart', () => tab.locator('outcry-chart path.count').count(), 1)
      assert.equal(await shift(), 0, `the page moves at ${width} px`)
      assert.equal(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `the page is too wide at ${width} px`)
      assert.deepEqual(errors, [])
      const others = requests.filter((url) => !url.startsWith(origin + '/') && !url.startsWith(page.url) && !url.startsWith('data:'))
      assert.deepEqual(others, [], 'third parties are asked')
      assert.deepEqual(await context.cookies(), [])
      assert.deepEqual(await tab.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, ''])
      const names = () => Object.getOwnPropertyNames(window).sort()
      const plain = await open(browser, bare)
      assert.deepEqual((await tab.evaluate(names)).filter((name) => name !== 'axe'), await plain.tab.evaluate(names), 'the script leaves globals')
      await plain.context.close()
      await context.close()
    }
  } finally {
    await page.stop()
    await bare.stop()
  }
})

test('nothing moves, overflows or bars the way during an outage', async ({ browser }) => {
  const { origin, stop } = await replay()
  try {
    for (const lang of ['en', 'bn', 'ar']) {
      const page = await host(origin, all + '<outcry-report service="whatsapp"></outcry-report>', { lang })
      for (const width of [320, 360, 660, 1280]) {
        const where = `${lang} at ${width} px`
        const { context, tab, errors, shift } = await open(browser, page, { viewport: { width, height: 3_000 }, colorScheme: width === 360 ? 'dark' : 'light' })
        await until(`the outage, ${where}`, () => tab.locator('outcry-heatmap .lv-outage').count(), 1)
        await until(`the chart, ${where}`, () => tab.locator('outcry-chart path.count').count(), 1)
        const frame = tab.frames()[1]
        await until(`the buttons, ${where}`, () => frame.locator('.embed-f').count(), 1)
        const told = async () => Number(await tab.locator('outcry-report iframe').getAttribute('height')) >= (await frame.locator('html').evaluate((html) => html.scrollHeight))
        await until(`the height of the buttons, ${where}`, told, true)
        assert.equal(await shift(), 0, `the page moves, ${where}`)
        assert.equal(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `the page is too wide, ${where}`)
        assert.deepEqual(await barriers(tab), [], where)
        assert.deepEqual(errors, [], where)
        await context.close()
      }
      await page.stop()
      const { html } = await (await fetch(`${origin}/oembed?url=${encodeURIComponent(`${origin}/${lang}/whatsapp`)}`)).json()
      const framed = await host(origin, html)
      const { context, tab } = await open(browser, framed)
      await until('the frame', () => tab.frames()[1].locator('.embed-f').count(), 1)
      assert.equal(await tab.frames()[1].evaluate(() => document.documentElement.scrollHeight <= innerHeight), true, `the frame of oEmbed is too low in ${lang}`)
      await context.close()
      await framed.stop()
    }
  } finally {
    await stop()
  }
})

test('words that take three lines more than usual move nothing', async ({ browser, origin }) => {
  const page = await host(origin, '<outcry-chart service="whatsapp"></outcry-chart><outcry-heatmap service="whatsapp"></outcry-heatmap>', { lang: 'bn' })
  const sentence = 'গত ১৫ মিনিটে ১০,৪০,০০০ জন সমস্যার কথা জানিয়েছেন; এ সময়ে সাধারণত জানান ৪,৯১০ জন। শুধু যুক্তরাজ্য থেকেই ৩,৯২,০০০ জন; সেখানে সাধারণত ৫১৮ জন। ' + 'আরও তিনটি পঙ্‌ক্তি। '.repeat(5).trim()
  try {
    for (const width of [320, 641]) {
      const { context, tab, shift } = await open(browser, page, { viewport: { width, height: 3_000 } })
      await tab.route('**/widget/v1/*/whatsapp?*', async (route) => {
        const response = await route.fetch()
        const view = await response.json()
        const keys = view.chart && ['band', 'gap', 'warning', 'outage'].map((kind) => ({ kind, text: 'এ সময়ের সাধারণ সীমা' }))
        await route.fulfill({ response, json: { ...view, sentence, chart: view.chart && { ...view.chart, keys: [view.chart.keys[0], ...keys] } } })
      })
      await tab.reload()
      await reads('the sentence', tab.locator('outcry-chart [part=sentence]'), sentence)
      await until('the map', () => tab.locator('outcry-heatmap .map').count(), 1)
      assert.equal(await shift(), 0, `the page moves at ${width} px`)
      const heights = await tab.locator('outcry-chart, outcry-heatmap').evaluateAll((all) => all.map((element) => element.getBoundingClientRect().height))
      assert.deepEqual(heights, width === 320 ? [700, 620] : [540, 620])
      await context.close()
    }
  } finally {
    await page.stop()
  }
})

test('a hundred elements ask a hundred times, and leave', async ({ browser, origin }) => {
  const page = await host(origin, '<outcry-chart service="signal"></outcry-chart>'.repeat(50) + '<outcry-heatmap service="signal"></outcry-heatmap>'.repeat(50))
  try {
    const { context, tab, errors, requests, shift } = await open(browser, page, { clock: true, viewport: { width: 660, height: 62_000 } })
    await until('the pictures', () => tab.locator('path.count, .map').count(), 100)
    assert.equal(await shift(), 0, 'the page moves')
    assert.equal(requests.filter((url) => url.endsWith('/outcry.js')).length, 1)
    await tab.evaluate(() => document.querySelector('main')?.replaceChildren())
    const asked = requests.length
    await tab.clock.runFor(2 * again)
    assert.equal(requests.length, asked, 'elements that are gone ask on')
    assert.deepEqual(errors, [])
    await context.close()
  } finally {
    await page.stop()
  }
})

test('hostile attributes are only text', async ({ browser, origin }) => {
  const hostile = '&quot;&gt;&lt;img src=x onerror=document.title=1&gt;../../..'
  const attributes = ['service', 'window', 'metric', 'country', 'language', 'theme', 'title'].map((name) => `${name}="${hostile}"`)
  const named = ['window', 'metric', 'country', 'language', 'theme', 'title'].map((name) => `${name}="${hostile}"`).join(' ')
  const page = await host(origin, `<outcry-heatmap ${attributes.join(' ')}>instead</outcry-heatmap><outcry-chart service="signal" ${named}></outcry-chart><outcry-report ${attributes.join(' ')}></outcry-report><outcry-report service="signal" origin="javascript:document.title=1//"></outcry-report>`)
  try {
    const { context, tab, errors, requests } = await open(browser, page, { viewport: { width: 660, height: 4_000 } })
    await until('the chart', () => tab.locator('outcry-chart path.count').count(), 1)
    assert.match((await tab.locator('outcry-chart [part=title]').textContent()) ?? '', /^"><img src=x/)
    assert.equal(await tab.title(), 'News')
    assert.equal(await tab.locator('img').count(), 0)
    assert.deepEqual(requests.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith(page.url) && !url.startsWith('data:')), [])
    assert.deepEqual(errors.filter((text) => text.startsWith('thrown')), [])
    await context.close()
  } finally {
    await page.stop()
  }
})

test('elements speak the language of the page, light and dark, without barriers', async ({ browser, origin }) => {
  for (const [lang, word] of [['en', 'Outcry'], ['bn', 'আউটক্রাই'], ['ar', 'Outcry']]) {
    const page = await host(origin, all, { lang })
    for (const colorScheme of ['light', 'dark']) {
      const { context, tab } = await open(browser, page, { colorScheme, viewport: { width: 360, height: 2_000 } })
      await until(`the link in ${lang}`, async () => (await tab.locator('outcry-heatmap [part=link]').textContent())?.includes(word), true)
      await until('the chart', () => tab.locator('outcry-chart path.count').count(), 1)
      assert.equal(await tab.locator('outcry-heatmap .box').getAttribute('dir'), lang === 'ar' ? 'rtl' : 'ltr')
      await tab.locator('outcry-heatmap summary').click()
      assert.deepEqual(await barriers(tab), [], `${lang} ${colorScheme}`)
      await context.close()
    }
    await page.stop()
  }
})

test('a page of others is unharmed when the server dies', async ({ browser }) => {
  const server = await start()
  const page = await host(server.origin, all)
  try {
    const { context, tab, errors, shift } = await open(browser, page, { clock: true, viewport: { width: 660, height: 2_000 } })
    await until('the map', () => tab.locator('outcry-heatmap .map').count(), 1)
    await until('the chart', () => tab.locator('outcry-chart path.count').count(), 1)
    await server.stop()
    await tab.clock.runFor(again)
    await until('the age of the map', async () => (await time(tab, 'outcry-heatmap').textContent())?.startsWith('last known'), true)
    await until('the age of the chart', async () => (await time(tab, 'outcry-chart').textContent())?.startsWith('last known'), true)
    assert.equal(await tab.locator('outcry-heatmap .map').count(), 1, 'the last picture is gone')
    await tab.evaluate(() => document.querySelector('main')?.append(Object.assign(document.createElement('outcry-heatmap'), { id: 'late', innerHTML: '<a href="/instead">Instead</a>' })))
    await tab.evaluate(() => document.getElementById('late')?.setAttribute('service', 'signal'))
    await tab.clock.runFor(1_000)
    assert.equal(await tab.locator('#late a').isVisible(), true, 'what stands in for the picture is not shown')
    assert.equal(await shift(), 0, 'the page moves')
    assert.deepEqual(errors.filter((text) => !text.startsWith('Failed to load resource')), [], 'the elements throw')
    await context.close()
  } finally {
    await page.stop()
    await server.stop()
  }
})

test('a removed element asks no more', async ({ browser, origin }) => {
  const page = await host(origin, all)
  try {
    const { context, tab, requests } = await open(browser, page, { clock: true, viewport: { width: 660, height: 2_000 } })
    await until('the map', () => tab.locator('outcry-heatmap .map').count(), 1)
    const asked = () => requests.filter((url) => url.includes('/widget/v1/heatmap/')).length
    await tab.clock.runFor(again)
    await until('the second question', asked, 2)
    await tab.evaluate(() => document.querySelector('outcry-heatmap')?.remove())
    await tab.clock.runFor(5 * again)
    assert.equal(asked(), 2)
    await context.close()
  } finally {
    await page.stop()
  }
})

test('a report through a page of others is asked for once, and counted', async ({ browser, origin }) => {
  await threeOthers(origin, 'signal', 'app')
  for (const javaScriptEnabled of [true, false]) {
    const page = await host(origin, javaScriptEnabled ? '<outcry-report service="signal"></outcry-report>' : `<iframe src="${origin}/embed/report/signal?lang=en" width="600" height="420" title="x"></iframe>`)
    const { context, tab, errors } = await open(browser, page, { javaScriptEnabled })
    if (javaScriptEnabled) await tab.evaluate(() => document.addEventListener('outcry-report', (event) => (document.title = JSON.stringify(event.detail))))
    const frame = tab.frameLocator('iframe')
    await frame.getByRole('button', { name: 'App', exact: true }).click()
    await reads('the question', frame.locator('#question'), 'Send to Outcry: “Signal: App”?')
    assert.equal(await observed(origin, 'signal'), javaScriptEnabled ? 3 : 4, 'it is counted before it is confirmed')
    await tab.waitForTimeout(700) // a question must have been seen before it is answered
    await frame.getByRole('button', { name: 'Yes, send' }).click()
    if (javaScriptEnabled) {
      await reads('the answer', frame.locator('.said'), 'Counted: app. You and 3 others in the last 15 minutes.')
      await until('the event', () => tab.title(), '{"service":"signal","counted":true}')
      assert.deepEqual(errors, [])
    } else {
      await reads('the answer', frame.locator('.said'), 'We have your report. It still counts; one in 30 minutes is enough.')
    }
    await until('reports', () => observed(origin, 'signal'), 4)
    await context.close()
    await page.stop()
  }
})

test('a click too early is not an answer', async ({ browser, origin }) => {
  const page = await host(origin, '<outcry-report service="telegram"></outcry-report>')
  const { context, tab } = await open(browser, page)
  const frame = tab.frameLocator('iframe')
  await frame.getByRole('button', { name: 'App', exact: true }).click()
  await frame.locator('form.ask').evaluate((form) => {
    if (performance.now() < 500) form.requestSubmit(form.querySelector('button'))
  })
  await reads('the question', frame.locator('#question'), 'Send to Outcry: “Telegram: App”?')
  assert.equal(await observed(origin, 'telegram'), 0)
  await context.close()
  await page.stop()
})

test('frames work in a sandbox that lets them do nothing but run', async ({ browser, origin }) => {
  const sandboxed = (path) => `<iframe sandbox="allow-scripts" src="${origin}${path}?lang=en" width="600" height="520" title="${path}"></iframe>`
  const page = await host(origin, sandboxed('/embed/heatmap/whatsapp') + sandboxed('/embed/report/whatsapp'))
  try {
    const { context, tab, errors, requests } = await open(browser, page, { clock: true })
    const map = tab.frameLocator('iframe').first()
    await reads('the map', map.locator('h1'), 'WhatsApp: no sign of trouble')
    const before = requests.filter((url) => url.includes('/embed/heatmap/')).length
    await tab.clock.runFor(again)
    await until('the map asking again', () => requests.filter((url) => url.includes('/embed/heatmap/')).length, before + 1)
    await until('what it was told', async () => (await map.locator('time').textContent())?.startsWith('as of'), true)
    const buttons = tab.frameLocator('iframe').nth(1)
    await until('the words in place of the buttons', () => buttons.locator('[data-sealed]').isVisible(), true)
    assert.equal(await buttons.locator('form').isVisible(), false)
    assert.deepEqual(errors, [])
    await context.close()
  } finally {
    await page.stop()
  }
})

test('what oEmbed gives is a frame that fits', async ({ browser, origin }) => {
  const { html, width, height } = await (await fetch(`${origin}/oembed?url=${encodeURIComponent(`${origin}/en/whatsapp`)}`)).json()
  const page = await host(origin, html)
  const { context, tab } = await open(browser, page)
  const box = await tab.locator('iframe').boundingBox()
  assert.deepEqual([box.width, box.height], [width, height])
  const frame = tab.frames()[1]
  await until('the frame', () => frame.locator('.embed-f').count(), 1)
  assert.equal(await frame.evaluate(() => document.documentElement.scrollHeight <= innerHeight), true, 'the frame is too low')
  await context.close()
  await page.stop()
})

test('pictures are shown where only images may be', async ({ browser, origin }) => {
  const page = await host(origin, `<img src="${origin}/map/whatsapp.svg" alt="map"><img src="${origin}/badge/whatsapp.svg" alt="badge"><img src="${origin}/card/whatsapp.png?lang=bn" alt="card">`)
  const { context, tab, errors } = await open(browser, page)
  await until('the pictures', () => tab.evaluate(() => [...document.images].filter((image) => image.complete && image.naturalWidth > 0).length), 3)
  assert.deepEqual(await tab.evaluate(() => [...document.images].map((image) => [image.naturalWidth, image.naturalHeight].join('×')).filter((size, i) => i !== 1)), ['720×432', '1200×630'])
  for (const path of ['/map/whatsapp.svg', '/badge/whatsapp.svg']) await tab.goto(origin + path) // by themselves, under their own policy
  assert.deepEqual(errors.filter((text) => !text.includes('404')), [])
  await context.close()
  await page.stop()
})

test('frames have no barriers and fit', async ({ browser, origin }) => {
  for (const lang of ['en', 'bn', 'ar']) {
    for (const colorScheme of ['light', 'dark']) {
      const { context, tab } = await open(browser, { url: `${origin}/embed/heatmap/whatsapp?lang=${lang}` }, { colorScheme, viewport: { width: 320, height: 640 } })
      for (const path of ['/embed/heatmap/whatsapp', '/embed/report/whatsapp', '/embed/report/signal']) {
        await tab.goto(`${origin}${path}?lang=${lang}`)
        await tab.locator('details summary').click({ timeout: 500 }).catch(() => undefined) // the report frame has no table
        assert.equal(await tab.evaluate(() => document.documentElement.scrollWidth), 320, `${path} ${lang} is too wide`)
        assert.deepEqual(await barriers(tab), [], `${path} ${lang} ${colorScheme}`)
      }
      await context.close()
    }
  }
})

test('embeds keep to their budgets', async ({ browser, origin }) => {
  const script = gzipSync(Buffer.from(await (await fetch(`${origin}/widget/v1/outcry.js`)).arrayBuffer())).length / 1024
  assert(script <= budgets.elements, `the elements are ${script.toFixed(1)} KB`)
  for (const path of ['/embed/heatmap/whatsapp', '/embed/report/whatsapp']) {
    for (const lang of ['en', 'bn', 'ar']) {
      const context = await browser.newContext()
      const tab = await context.newPage()
      let size = 0
      const weighing = []
      tab.on('response', (response) => response.request().url().endsWith('/favicon.ico') || weighing.push(response.body().then((body) => (size += gzipSync(body).length / 1024))))
      await tab.goto(`${origin}${path}?lang=${lang}`, { waitUntil: 'networkidle' })
      await Promise.all(weighing)
      assert(size <= budgets.frame, `${path} in ${lang} is ${size.toFixed(1)} KB`)
      console.log(`        ${path} in ${lang}: ${size.toFixed(1)} KB; elements ${script.toFixed(1)} KB`)
      await context.close()
    }
  }
})

await runAll()
