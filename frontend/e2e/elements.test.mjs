// The elements of the widget on host pages.
import assert from 'node:assert/strict'
import { accessibilityFaults } from './axe.mjs'
import { reportFromThree, setUp, test, until, untilTextIs } from './harness.mjs'
import { openHostPage, refreshInterval, serveHostPage } from './host.mjs'
import { replay } from './outage.mjs'
import { start } from './server.mjs'

const { browser, origin } = await setUp()

const all =
  '<outcry-heatmap service="whatsapp"><a href="/instead">Map</a></outcry-heatmap><outcry-chart service="whatsapp"><a href="/instead">Chart</a></outcry-chart>'

const time = (tab, element) => tab.locator(`${element} time`)

test('elements leave no errors, cookies or globals on a host page', async () => {
  await reportFromThree(origin, 'whatsapp', 'messaging')
  const page = await serveHostPage(origin, all)
  const bare = await serveHostPage(origin, all, { script: '' })
  try {
    for (const width of [320, 660, 1280]) {
      const { context, tab, errors, requests, shift } = await openHostPage(browser, page, {
        viewport: { width, height: 2_000 },
      })
      await untilTextIs('the map', tab.locator('outcry-heatmap [part=title]'), 'WhatsApp: no sign of trouble')
      await until('the chart', () => tab.locator('outcry-chart path.count').count(), 1)
      assert.equal(await shift(), 0, `the page moves at ${width} px`)
      assert.equal(
        await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
        true,
        `the page is too wide at ${width} px`,
      )
      assert.deepEqual(errors, [])
      const others = requests.filter(
        (url) => !url.startsWith(origin + '/') && !url.startsWith(page.url) && !url.startsWith('data:'),
      )
      assert.deepEqual(others, [], 'requests go to third parties')
      assert.deepEqual(await context.cookies(), [])
      assert.deepEqual(await tab.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [
        0,
        0,
        '',
      ])
      const names = () => Object.getOwnPropertyNames(window).sort()
      const plain = await openHostPage(browser, bare)
      assert.deepEqual(
        (await tab.evaluate(names)).filter((name) => name !== 'axe'),
        await plain.tab.evaluate(names),
        'the script leaves globals',
      )
      await plain.context.close()
      await context.close()
    }
  } finally {
    await page.stop()
    await bare.stop()
  }
})

test('during an outage nothing moves, overflows or is inaccessible', async () => {
  const { origin, stop } = await replay()
  try {
    for (const lang of ['en', 'bn', 'ar']) {
      const page = await serveHostPage(origin, all + '<outcry-report service="whatsapp"></outcry-report>', { lang })
      for (const width of [320, 360, 660, 1280]) {
        const where = `${lang} at ${width} px`
        const { context, tab, errors, shift } = await openHostPage(browser, page, {
          viewport: { width, height: 3_000 },
          colorScheme: width === 360 ? 'dark' : 'light',
        })
        await until(`the outage, ${where}`, () => tab.locator('outcry-heatmap .lv-outage').count(), 1)
        await until(`the chart, ${where}`, () => tab.locator('outcry-chart path.count').count(), 1)
        const frame = tab.frames()[1]
        await until(`the buttons, ${where}`, () => frame.locator('.embed-f').count(), 1)
        const fits = async () =>
          Number(await tab.locator('outcry-report iframe').getAttribute('height')) >=
          (await frame.locator('html').evaluate((html) => html.scrollHeight))
        await until(`the height of the buttons, ${where}`, fits, true)
        assert.equal(await shift(), 0, `the page moves, ${where}`)
        assert.equal(
          await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
          true,
          `the page is too wide, ${where}`,
        )
        assert.deepEqual(await accessibilityFaults(tab), [], where)
        assert.deepEqual(errors, [], where)
        await context.close()
      }
      await page.stop()
      const { html } = await (
        await fetch(`${origin}/oembed?url=${encodeURIComponent(`${origin}/${lang}/whatsapp`)}`)
      ).json()
      const framed = await serveHostPage(origin, html)
      const { context, tab } = await openHostPage(browser, framed)
      await until('the frame', () => tab.frames()[1].locator('.embed-f').count(), 1)
      assert.equal(
        await tab.frames()[1].evaluate(() => document.documentElement.scrollHeight <= innerHeight),
        true,
        `the frame of oEmbed is too low in ${lang}`,
      )
      await context.close()
      await framed.stop()
    }
  } finally {
    await stop()
  }
})

test('a sentence three lines longer than usual moves nothing', async () => {
  const page = await serveHostPage(
    origin,
    '<outcry-chart service="whatsapp"></outcry-chart><outcry-heatmap service="whatsapp"></outcry-heatmap>',
    { lang: 'bn' },
  )
  const sentence =
    'গত ১৫ মিনিটে ১০,৪০,০০০ জন সমস্যার কথা জানিয়েছেন; এ সময়ে সাধারণত জানান ৪,৯১০ জন। শুধু যুক্তরাজ্য থেকেই ৩,৯২,০০০ জন; সেখানে সাধারণত ৫১৮ জন। ' +
    'আরও তিনটি পঙ্‌ক্তি। '.repeat(5).trim()
  try {
    for (const width of [320, 641]) {
      const { context, tab, shift } = await openHostPage(browser, page, { viewport: { width, height: 3_000 } })
      await tab.route('**/widget/v1/*/whatsapp?*', async (route) => {
        const response = await route.fetch()
        const view = await response.json()
        const keys =
          view.chart && ['band', 'gap', 'warning', 'outage'].map((kind) => ({ kind, text: 'এ সময়ের সাধারণ সীমা' }))
        await route.fulfill({
          response,
          json: { ...view, sentence, chart: view.chart && { ...view.chart, keys: [view.chart.keys[0], ...keys] } },
        })
      })
      await tab.reload()
      await untilTextIs('the sentence', tab.locator('outcry-chart [part=sentence]'), sentence)
      await until('the map', () => tab.locator('outcry-heatmap .map').count(), 1)
      assert.equal(await shift(), 0, `the page moves at ${width} px`)
      const heights = await tab
        .locator('outcry-chart, outcry-heatmap')
        .evaluateAll((all) => all.map((element) => element.getBoundingClientRect().height))
      assert.deepEqual(heights, width === 320 ? [700, 620] : [540, 620])
      await context.close()
    }
  } finally {
    await page.stop()
  }
})

test('a hundred elements load the script once and stop when removed', async () => {
  const page = await serveHostPage(
    origin,
    '<outcry-chart service="signal"></outcry-chart>'.repeat(50) +
      '<outcry-heatmap service="signal"></outcry-heatmap>'.repeat(50),
  )
  try {
    const { context, tab, errors, requests, shift } = await openHostPage(browser, page, {
      clock: true,
      viewport: { width: 660, height: 62_000 },
    })
    await until('the pictures', () => tab.locator('path.count, .map').count(), 100)
    assert.equal(await shift(), 0, 'the page moves')
    assert.equal(requests.filter((url) => url.endsWith('/outcry.js')).length, 1)
    await tab.evaluate(() => document.querySelector('main')?.replaceChildren())
    const before = requests.length
    await tab.clock.runFor(2 * refreshInterval)
    assert.equal(requests.length, before, 'removed elements still send requests')
    assert.deepEqual(errors, [])
    await context.close()
  } finally {
    await page.stop()
  }
})

test('hostile attributes are shown as text', async () => {
  const hostile = '&quot;&gt;&lt;img src=x onerror=document.title=1&gt;../../..'
  const attributes = ['service', 'window', 'metric', 'country', 'language', 'theme', 'title'].map(
    (name) => `${name}="${hostile}"`,
  )
  const named = ['window', 'metric', 'country', 'language', 'theme', 'title']
    .map((name) => `${name}="${hostile}"`)
    .join(' ')
  const page = await serveHostPage(
    origin,
    `<outcry-heatmap ${attributes.join(' ')}>instead</outcry-heatmap><outcry-chart service="signal" ${named}></outcry-chart><outcry-report ${attributes.join(' ')}></outcry-report><outcry-report service="signal" origin="javascript:document.title=1//"></outcry-report>`,
  )
  try {
    const { context, tab, errors, requests } = await openHostPage(browser, page, {
      viewport: { width: 660, height: 4_000 },
    })
    await until('the chart', () => tab.locator('outcry-chart path.count').count(), 1)
    assert.match((await tab.locator('outcry-chart [part=title]').textContent()) ?? '', /^"><img src=x/)
    assert.equal(await tab.title(), 'News')
    assert.equal(await tab.locator('img').count(), 0)
    assert.deepEqual(
      requests.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith(page.url) && !url.startsWith('data:')),
      [],
    )
    assert.deepEqual(
      errors.filter((text) => text.startsWith('thrown')),
      [],
    )
    await context.close()
  } finally {
    await page.stop()
  }
})

test('elements use the language and colour scheme of the host page and are accessible', async () => {
  for (const [lang, word] of [
    ['en', 'Outcry'],
    ['bn', 'আউটক্রাই'],
    ['ar', 'Outcry'],
  ]) {
    const page = await serveHostPage(origin, all, { lang })
    for (const colorScheme of ['light', 'dark']) {
      const { context, tab } = await openHostPage(browser, page, {
        colorScheme,
        viewport: { width: 360, height: 2_000 },
      })
      await until(
        `the link in ${lang}`,
        async () => (await tab.locator('outcry-heatmap [part=link]').textContent())?.includes(word),
        true,
      )
      await until('the chart', () => tab.locator('outcry-chart path.count').count(), 1)
      assert.equal(await tab.locator('outcry-heatmap .box').getAttribute('dir'), lang === 'ar' ? 'rtl' : 'ltr')
      await tab.locator('outcry-heatmap summary').click()
      assert.deepEqual(await accessibilityFaults(tab), [], `${lang} ${colorScheme}`)
      await context.close()
    }
    await page.stop()
  }
})

test('a host page stays intact when the server stops', async () => {
  const server = await start()
  const page = await serveHostPage(server.origin, all)
  try {
    const { context, tab, errors, shift } = await openHostPage(browser, page, {
      clock: true,
      viewport: { width: 660, height: 2_000 },
    })
    await until('the map', () => tab.locator('outcry-heatmap .map').count(), 1)
    await until('the chart', () => tab.locator('outcry-chart path.count').count(), 1)
    await server.stop()
    await tab.clock.runFor(refreshInterval)
    await until(
      'the age of the map',
      async () => (await time(tab, 'outcry-heatmap').textContent())?.startsWith('last known'),
      true,
    )
    await until(
      'the age of the chart',
      async () => (await time(tab, 'outcry-chart').textContent())?.startsWith('last known'),
      true,
    )
    assert.equal(await tab.locator('outcry-heatmap .map').count(), 1, 'the last map is gone')
    await tab.evaluate(() =>
      document.querySelector('main')?.append(
        Object.assign(document.createElement('outcry-heatmap'), {
          id: 'late',
          innerHTML: '<a href="/instead">Instead</a>',
        }),
      ),
    )
    await tab.evaluate(() => document.getElementById('late')?.setAttribute('service', 'signal'))
    await tab.clock.runFor(1_000)
    assert.equal(await tab.locator('#late a').isVisible(), true, 'the fallback content is not shown')
    assert.equal(await shift(), 0, 'the page moves')
    assert.deepEqual(
      errors.filter((text) => !text.startsWith('Failed to load resource')),
      [],
      'the elements throw',
    )
    await context.close()
  } finally {
    await page.stop()
    await server.stop()
  }
})

test('a removed element sends no more requests', async () => {
  const page = await serveHostPage(origin, all)
  try {
    const { context, tab, requests } = await openHostPage(browser, page, {
      clock: true,
      viewport: { width: 660, height: 2_000 },
    })
    await until('the map', () => tab.locator('outcry-heatmap .map').count(), 1)
    const requested = () => requests.filter((url) => url.includes('/widget/v1/heatmap/')).length
    await tab.clock.runFor(refreshInterval)
    await until('the second request', requested, 2)
    await tab.evaluate(() => document.querySelector('outcry-heatmap')?.remove())
    await tab.clock.runFor(5 * refreshInterval)
    assert.equal(requested(), 2)
    await context.close()
  } finally {
    await page.stop()
  }
})
