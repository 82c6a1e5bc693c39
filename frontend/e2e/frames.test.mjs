// Frames and images on host pages.
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { accessibilityFaults } from './axe.mjs'
import { reportFromThree, setUp, test, until, untilTextIs } from './harness.mjs'
import { openHostPage, refreshInterval, serveHostPage } from './host.mjs'

const budgets = { elements: 16, frame: 25 } // KB, gzipped

const { browser, origin } = await setUp()
await reportFromThree(origin, 'whatsapp', 'messaging')

test('frames work in a sandbox that allows scripts only', async () => {
  const sandboxed = (path) =>
    `<iframe sandbox="allow-scripts" src="${origin}${path}?lang=en" width="600" height="520" title="${path}"></iframe>`
  const page = await serveHostPage(origin, sandboxed('/embed/heatmap/whatsapp') + sandboxed('/embed/report/whatsapp'))
  try {
    const { context, tab, errors, requests } = await openHostPage(browser, page, { clock: true })
    const map = tab.frameLocator('iframe').first()
    await untilTextIs('the map', map.locator('h1'), 'WhatsApp: no sign of trouble')
    const before = requests.filter((url) => url.includes('/embed/heatmap/')).length
    await tab.clock.runFor(refreshInterval)
    await until(
      'the second request of the map',
      () => requests.filter((url) => url.includes('/embed/heatmap/')).length,
      before + 1,
    )
    await until(
      'the time of its numbers',
      async () => (await map.locator('time').textContent())?.startsWith('as of'),
      true,
    )
    const buttons = tab.frameLocator('iframe').nth(1)
    await until('the words in place of the buttons', () => buttons.locator('[data-sealed]').isVisible(), true)
    assert.equal(await buttons.locator('form').isVisible(), false)
    assert.deepEqual(errors, [])
    await context.close()
  } finally {
    await page.stop()
  }
})

test('the frame that oEmbed returns fits its content', async () => {
  const { html, width, height } = await (
    await fetch(`${origin}/oembed?url=${encodeURIComponent(`${origin}/en/whatsapp`)}`)
  ).json()
  const page = await serveHostPage(origin, html)
  const { context, tab } = await openHostPage(browser, page)
  const box = await tab.locator('iframe').boundingBox()
  assert.deepEqual([box.width, box.height], [width, height])
  const frame = tab.frames()[1]
  await until('the frame', () => frame.locator('.embed-f').count(), 1)
  assert.equal(
    await frame.evaluate(() => document.documentElement.scrollHeight <= innerHeight),
    true,
    'the frame is too low',
  )
  await context.close()
  await page.stop()
})

test('the map, the badge and the card work as images', async () => {
  const page = await serveHostPage(
    origin,
    `<img src="${origin}/map/whatsapp.svg" alt="map"><img src="${origin}/badge/whatsapp.svg" alt="badge"><img src="${origin}/card/whatsapp.png?lang=bn" alt="card">`,
  )
  const { context, tab, errors } = await openHostPage(browser, page)
  await until(
    'the pictures',
    () => tab.evaluate(() => [...document.images].filter((image) => image.complete && image.naturalWidth > 0).length),
    3,
  )
  assert.deepEqual(
    await tab.evaluate(() =>
      [...document.images]
        .map((image) => [image.naturalWidth, image.naturalHeight].join('×'))
        .filter((size, i) => i !== 1),
    ),
    ['720×432', '1200×630'],
  )
  for (const path of ['/map/whatsapp.svg', '/badge/whatsapp.svg']) await tab.goto(origin + path) // by themselves, under their own policy
  assert.deepEqual(
    errors.filter((text) => !text.includes('404')),
    [],
  )
  await context.close()
  await page.stop()
})

test('frames are accessible and fit a narrow screen', async () => {
  for (const lang of ['en', 'bn', 'ar']) {
    for (const colorScheme of ['light', 'dark']) {
      const { context, tab } = await openHostPage(
        browser,
        { url: `${origin}/embed/heatmap/whatsapp?lang=${lang}` },
        { colorScheme, viewport: { width: 320, height: 640 } },
      )
      for (const path of ['/embed/heatmap/whatsapp', '/embed/report/whatsapp', '/embed/report/signal']) {
        await tab.goto(`${origin}${path}?lang=${lang}`)
        await tab
          .locator('details summary')
          .click({ timeout: 500 })
          .catch(() => undefined) // the report frame has no table
        assert.equal(await tab.evaluate(() => document.documentElement.scrollWidth), 320, `${path} ${lang} is too wide`)
        assert.deepEqual(await accessibilityFaults(tab), [], `${path} ${lang} ${colorScheme}`)
      }
      await context.close()
    }
  }
})

test('embeds keep to their budgets', async () => {
  const script = gzipSync(Buffer.from(await (await fetch(`${origin}/widget/v1/outcry.js`)).arrayBuffer())).length / 1024
  assert(script <= budgets.elements, `the elements are ${script.toFixed(1)} KB`)
  for (const path of ['/embed/heatmap/whatsapp', '/embed/report/whatsapp']) {
    for (const lang of ['en', 'bn', 'ar']) {
      const context = await browser.newContext()
      const tab = await context.newPage()
      let size = 0
      const weighing = []
      tab.on(
        'response',
        (response) =>
          response.request().url().endsWith('/favicon.ico') ||
          weighing.push(response.body().then((body) => (size += gzipSync(body).length / 1024))),
      )
      await tab.goto(`${origin}${path}?lang=${lang}`, { waitUntil: 'networkidle' })
      await Promise.all(weighing)
      assert(size <= budgets.frame, `${path} in ${lang} is ${size.toFixed(1)} KB`)
      console.log(`        ${path} in ${lang}: ${size.toFixed(1)} KB; elements ${script.toFixed(1)} KB`)
      await context.close()
    }
  }
})
