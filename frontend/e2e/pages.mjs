// What every page must keep to, also in Bengali and from right to left: nothing moves, nothing overflows at 320 px,
// the report buttons and their small print end above 600 px on a phone, axe
// finds nothing, the policy blocks nothing, nothing is asked of others, and
// budgets hold.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const budgets = { document: 14, stylesheet: 6, script: 8, elements: 16 } // KB, gzipped
const whole = 50 // KB, gzipped: a page with all that it asks for
const fold = 600 // px
const languages = ['en', 'bn', 'ar']

/** Checks pages of the server at origin. Returns what is wrong, and what each page weighs, as lines. */
export async function check(browser, origin, paths) {
  const faults = []
  const weights = []
  for (const language of languages) {
    for (const path of paths) {
      const url = `${origin}/${language}${path.replace(/^\/(?=$|\?)/, '')}`
      const where = `${language} ${path}`
      weights.push(`${where}: ${await measure(browser, origin, url, (what) => faults.push(`${where}: ${what}`))}`)
      for (const colorScheme of ['light', 'dark']) {
        for (const what of await barriers(browser, url, colorScheme)) faults.push(`${where} ${colorScheme}: ${what}`)
      }
    }
  }
  return { faults, weights }
}

async function measure(browser, origin, url, fail) {
  const page = await browser.newPage({ viewport: { width: 360, height: 640 }, timezoneId: 'Asia/Dhaka' })
  try {
    await page.addInitScript(() => {
      window.moved = new Set() // read below
      window.EventSource = class extends EventTarget { close() {} } // news of an outage that goes on may move what is below it
      new PerformanceObserver((list) => list.getEntries().forEach((entry) => entry.sources.forEach(({ node }) => window.moved.add(node?.className || node?.nodeName)))).observe({ type: 'layout-shift', buffered: true })
    })
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of (404|503)/.test(message.text())) fail(message.text())
    })
    page.on('pageerror', (error) => fail(error.message))
    const sizes = {}
    let all = 0
    const weighing = []
    page.on('response', (response) => {
      const request = response.request()
      if (!request.url().startsWith(origin + '/')) return fail(`asks ${request.url()}`)
      const kind = request.url().includes('/widget/') && request.resourceType() === 'script' ? 'elements' : request.resourceType()
      if (kind === 'eventsource' || response.status() === 204) return
      weighing.push(
        response.body().then((body) => {
          const size = gzipSync(body).length / 1024
          all += size
          if (kind in budgets) sizes[kind] = Math.max(sizes[kind] ?? 0, size)
        }),
      )
    })
    await page.goto(url)
    await Promise.all(weighing)
    for (const [kind, size] of Object.entries(sizes)) {
      if (size > budgets[kind]) fail(`${kind} is ${size.toFixed(1)} KB gzipped, more than ${budgets[kind]}`)
    }
    if (all > whole) fail(`all of it is ${all.toFixed(1)} KB gzipped, more than ${whole}`)
    await page.waitForFunction(() => [...document.querySelectorAll('.preview > *')].every((element) => element.shadowRoot?.querySelector('[part=title], iframe') || element.getBoundingClientRect().top > innerHeight + 300))
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))) // so that what moves is told
    const moved = await page.evaluate(() => [...window.moved].join(', '))
    if (moved) fail(`these move: ${moved}`)
    const end = await page.evaluate(() => {
      const print = document.querySelector('form.report [role=status]')
      if (!print) return undefined
      const text = document.createRange() // its lines, without the room kept for an answer
      text.selectNodeContents(print)
      return text.getBoundingClientRect().bottom
    })
    if (end > fold) fail(`the report form ends at ${end} px, below ${fold}`)
    const small = await page.evaluate(() => [...document.querySelectorAll('.sym .rb')].filter((b) => b.getBoundingClientRect().height < 48).length)
    if (small) fail(`${small} report buttons are lower than 48 px`)
    for (const width of [320, 360, 768, 960, 1280]) {
      await page.setViewportSize({ width, height: 640 })
      for (const what of await page.evaluate(overflows)) fail(`at ${width} px ${what}`)
    }
    return [...(end ? [`form ends at ${Math.round(end)} px`] : []), ...Object.entries(sizes).map(([kind, size]) => `${kind} ${size.toFixed(1)} KB`), `all ${all.toFixed(1)} KB`].join(', ')
  } finally {
    await page.close()
  }
}

/** Runs in the page: what is wider than the window, and which words lie outside their chart or over each other. */
function overflows() {
  const found = []
  if (document.documentElement.scrollWidth > innerWidth) found.push(`the page is ${document.documentElement.scrollWidth} px wide`)
  for (const chart of document.querySelectorAll('svg.chart')) {
    const box = chart.getBoundingClientRect()
    const words = [...chart.querySelectorAll(':scope > text')].map((text) => ({ text, at: text.getBoundingClientRect() })).filter(({ at }) => at.width > 0)
    for (const { text, at } of words) {
      if (at.left < box.left - 1 || at.right > box.right + 1) found.push(`“${text.textContent}” lies outside the chart`)
    }
    const named = words.find(({ text }) => text.hasAttribute('data-gap'))
    for (const { text, at } of named ? words : []) {
      if (text === named.text) continue
      const apart = at.right <= named.at.left || at.left >= named.at.right || at.bottom <= named.at.top + 3 || at.top >= named.at.bottom - 3
      if (!apart) found.push(`“${text.textContent}” is written over “${named.text.textContent}”`)
    }
  }
  return found
}

async function barriers(browser, url, colorScheme) {
  const page = await browser.newPage({ viewport: { width: 360, height: 640 }, colorScheme, bypassCSP: true })
  try {
    await page.goto(url)
    await page.addScriptTag({ content: axe })
    const { violations } = await page.evaluate(() => window.axe.run())
    return violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(', ')}`)
  } finally {
    await page.close()
  }
}
