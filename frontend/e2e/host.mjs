// Host pages: each on a server of its own, with a strict policy that allows what
// the server at origin documents for it and nothing else.
import { createServer } from 'node:http'

export const refreshInterval = 61_000 // ms, after which an element has refreshed its numbers

const style = `html { color-scheme: light dark; font-size: 62.5%; } body { margin: 0 auto; max-width: 70rem; padding: 1.6rem; font: 1.6rem/1.5 serif; } img { max-inline-size: 100%; block-size: auto; }
outcry-heatmap { display: block; min-block-size: 620px; } outcry-chart { display: block; min-block-size: 540px; } outcry-report { display: block; min-block-size: 400px; }
@media (max-width: 640px) { outcry-chart { min-block-size: 700px; } outcry-report { min-block-size: 700px; } }`

/** Serves a host page with this content, and scripts of its own by their paths. Resolves to { url, stop }. */
export async function serveHostPage(
  origin,
  body,
  { lang = 'en', script = `<script src="${origin}/widget/v1/outcry.js" async></script>`, scripts = {} } = {},
) {
  const source = new URL(origin).pathname === '/' ? origin : origin + '/' // as the policy of a host page names it
  const page = `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>News</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css">${script}</head><body><main><h1>News</h1>${body}<p id="after">What comes after</p></main></body></html>`
  const server = createServer((request, response) => {
    if (request.url === '/style.css') return response.writeHead(200, { 'Content-Type': 'text/css' }).end(style)
    if (scripts[request.url])
      return response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(scripts[request.url])
    response
      .writeHead(200, {
        'Content-Type': 'text/html',
        'Content-Security-Policy': `default-src 'none'; script-src ${source}${Object.keys(scripts).length ? " 'self'" : ''}; connect-src ${source}; frame-src ${source}; img-src ${source} data:; style-src 'self'`,
      })
      .end(page)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://localhost:${server.address().port}/`, // another site than the server's 127.0.0.1
    stop: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Opens a page in a context of its own and records its errors, requests and layout shifts. */
export async function openHostPage(browser, page, options = {}) {
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
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.shift += entry.value))).observe({
      type: 'layout-shift',
      buffered: true,
    })
  })
  await tab.goto(page.url)
  return { context, tab, errors, requests, shift: () => tab.evaluate(() => window.shift) }
}

/** Waits until a frame takes presses: it must have been visible for 0.6 s, of which the browser learns within 0.1 s. */
export async function untilSeen(tab, frame) {
  await frame.locator('form.report').waitFor()
  await tab.waitForTimeout(900)
}
