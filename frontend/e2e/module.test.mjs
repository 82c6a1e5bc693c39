// The script of the elements as a module, an import and a part of a bundle, on
// pages of another origin.
import assert from 'node:assert/strict'
import { setUp, test, until, untilTextIs } from './harness.mjs'
import { openHostPage, serveHostPage } from './host.mjs'

const { browser, origin } = await setUp()

const address = `${origin}/widget/v1/outcry.js`
const map = '<outcry-heatmap service="whatsapp"><a href="/instead">Map</a></outcry-heatmap>'
const buttons = '<outcry-report service="whatsapp"></outcry-report>'

test('the elements find their server however their script is loaded', async () => {
  for (const [how, script, scripts] of [
    ['a classic script', `<script src="${address}" async></script>`],
    ['a module', `<script type="module" src="${address}"></script>`],
    ['an import', '<script type="module" src="/own.js"></script>', { '/own.js': `import '${address}'` }],
    ['a dynamic import', '<script src="/own.js"></script>', { '/own.js': `import('${address}')` }],
  ]) {
    const page = await serveHostPage(origin, map + buttons, { script, scripts })
    try {
      const { context, tab, errors, requests } = await openHostPage(browser, page, {
        viewport: { width: 660, height: 2_000 },
      })
      await untilTextIs(`the map by ${how}`, tab.locator('outcry-heatmap [part=title]'), 'WhatsApp: no sign of trouble')
      await until(`the buttons by ${how}`, () => tab.locator('outcry-report iframe').count(), 1)
      assert.deepEqual(errors, [], how)
      assert.deepEqual(
        requests.filter((url) => url.startsWith(page.url) && /heatmap|report/.test(url)),
        [],
        `${how}: the host page's own server was asked`,
      )
      await context.close()
    } finally {
      await page.stop()
    }
  }
})

test('in a bundle the elements ask the server that they name, and without one nobody', async () => {
  const bundle = { '/all.js': await (await fetch(address)).text() }
  const named = map.replace('service', `origin="${origin}" service`)
  const page = await serveHostPage(origin, named + map + buttons, {
    script: '<script src="/all.js" async></script>',
    scripts: bundle,
  })
  try {
    const { context, tab, errors, requests } = await openHostPage(browser, page, {
      viewport: { width: 660, height: 2_000 },
    })
    await untilTextIs(
      'the map of the element that names its server',
      tab.locator('outcry-heatmap[origin] [part=title]'),
      'WhatsApp: no sign of trouble',
    )
    const hint = (name) =>
      `<${name}> does not know its server, because its script is part of a bundle. Name it: origin="https://…"`
    await untilTextIs(
      'the hint of the map',
      tab.locator('outcry-heatmap:not([origin]) [part=hint]'),
      hint('outcry-heatmap'),
    )
    await untilTextIs('the hint of the buttons', tab.locator('outcry-report [part=hint]'), hint('outcry-report'))
    assert.equal(await tab.locator('outcry-heatmap:not([origin]) a').isVisible(), true, 'the content is not shown')
    assert.deepEqual(errors, [])
    assert.deepEqual(
      requests.filter((url) => url.startsWith(page.url)).map((url) => url.slice(page.url.length)),
      ['', 'style.css', 'all.js'],
    )
    await context.close()
  } finally {
    await page.stop()
  }
})
