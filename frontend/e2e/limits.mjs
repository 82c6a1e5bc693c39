// The limits that every page keeps, also in Bengali and from right to left:
// nothing moves while it loads, nothing is wider than a window of 320 px, the
// report buttons and their small print end above 600 px on a phone (below the
// mark of a simulation, which real pages do not have), axe finds no fault, the policy blocks nothing, no request goes to a third party, and its
// size is within its budget.
import { gzipSync } from 'node:zlib'
import { accessibilityFaults } from './axe.mjs'

const budgets = { document: 14, stylesheet: 6, script: 8, elements: 16 } // KB, gzipped
const totalBudget = 50 // KB, gzipped, of a page with all that it loads
const fold = 600 // px, where a phone's first screen ends
const languages = ['en', 'bn', 'ar']

/**
 * Checks pages of the server at origin. Returns their faults and sizes as lines. Outside UTC, a page reads itself again
 * in the visitor's zone: where a replay counts many reports a second, that changes more than the times.
 */
export async function checkPages(browser, origin, paths, timezoneId = 'Asia/Dhaka') {
  const faults = []
  const sizes = []
  for (const language of languages) {
    for (const path of paths) {
      const url = `${origin}/${language}${path.replace(/^\/(?=$|\?)/, '')}`
      const where = `${language} ${path}`
      sizes.push(
        `${where}: ${await measure(browser, origin, url, timezoneId, (what) => faults.push(`${where}: ${what}`))}`,
      )
      // Dark pages differ in colours only, which do not depend on the language.
      for (const colorScheme of language === languages[0] ? ['light', 'dark'] : ['light']) {
        for (const what of await axeFaults(browser, url, colorScheme)) faults.push(`${where} ${colorScheme}: ${what}`)
      }
    }
  }
  return { faults, sizes }
}

async function measure(browser, origin, url, timezoneId, fail) {
  const page = await browser.newPage({ viewport: { width: 360, height: 640 }, timezoneId })
  try {
    await page.addInitScript(() => {
      window.moved = new Set() // names of the elements that moved
      window.EventSource = class extends EventTarget {
        close() {}
      } // events of a running outage may move what is below it
      new PerformanceObserver((list) =>
        list
          .getEntries()
          .forEach((entry) => entry.sources.forEach(({ node }) => window.moved.add(node?.className || node?.nodeName))),
      ).observe({ type: 'layout-shift', buffered: true })
    })
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of (404|503)/.test(message.text())) fail(message.text())
    })
    page.on('pageerror', (error) => fail(error.message))
    const sizes = {}
    let all = 0
    const bodies = []
    page.on('response', (response) => {
      const request = response.request()
      if (!request.url().startsWith(origin + '/')) return fail(`requests ${request.url()}`)
      const kind =
        request.url().includes('/widget/') && request.resourceType() === 'script' ? 'elements' : request.resourceType()
      if (kind === 'eventsource' || response.status() === 204) return
      const measured = response.body().then((body) => {
        const size = gzipSync(body).length / 1024
        all += size
        if (kind in budgets) sizes[kind] = Math.max(sizes[kind] ?? 0, size)
      })
      measured.catch(() => {}) // one that comes after the page was measured may be cut off when it closes
      bodies.push(measured)
    })
    await page.goto(url)
    await Promise.all(bodies)
    for (const [kind, size] of Object.entries(sizes)) {
      if (size > budgets[kind]) fail(`${kind} is ${size.toFixed(1)} KB gzipped, more than ${budgets[kind]}`)
    }
    if (all > totalBudget) fail(`all of it is ${all.toFixed(1)} KB gzipped, more than ${totalBudget}`)
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.preview > *')].every(
        (element) =>
          element.shadowRoot?.querySelector('[part=title], iframe') ||
          element.getBoundingClientRect().top > innerHeight + 300,
      ),
    )
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))) // so that shifts are reported
    const moved = await page.evaluate(() => [...window.moved].join(', '))
    if (moved) fail(`these move: ${moved}`)
    const end = await page.evaluate(() => {
      const print = document.querySelector('form.report [role=status]')
      if (!print) return undefined
      const text = document.createRange() // its lines, without the space reserved for an answer
      text.selectNodeContents(print)
      const mark = document.querySelector('.date b') // of a simulation
      const date = document.getElementById('date')
      const ownLine = mark && mark.offsetTop > date.offsetTop ? mark.getBoundingClientRect().height : 0
      return text.getBoundingClientRect().bottom - ownLine
    })
    if (end > fold) fail(`the report form ends at ${end} px, below ${fold}`)
    const small = await page.evaluate(
      () => [...document.querySelectorAll('.sym .rb')].filter((b) => b.getBoundingClientRect().height < 48).length,
    )
    if (small) fail(`${small} report buttons are lower than 48 px`)
    for (const width of [320, 360, 768, 960, 1280]) {
      await page.setViewportSize({ width, height: 640 })
      for (const what of await page.evaluate(overflows)) fail(`at ${width} px ${what}`)
    }
    return [
      ...(end ? [`form ends at ${Math.round(end)} px`] : []),
      ...Object.entries(sizes).map(([kind, size]) => `${kind} ${size.toFixed(1)} KB`),
      `all ${all.toFixed(1)} KB`,
    ].join(', ')
  } finally {
    await page.close()
  }
}

/** Runs in the page. Returns what is wider than the window, and which labels lie outside their chart or overlap. */
function overflows() {
  const found = []
  if (document.documentElement.scrollWidth > innerWidth)
    found.push(`the page is ${document.documentElement.scrollWidth} px wide`)
  for (const chart of document.querySelectorAll('svg.chart')) {
    const box = chart.getBoundingClientRect()
    const labels = [...chart.querySelectorAll(':scope > text')]
      .map((text) => ({ text, at: text.getBoundingClientRect() }))
      .filter(({ at }) => at.width > 0)
    for (const { text, at } of labels) {
      if (at.left < box.left - 1 || at.right > box.right + 1) found.push(`“${text.textContent}” lies outside the chart`)
    }
    const gapLabel = labels.find(({ text }) => text.hasAttribute('data-gap'))
    for (const { text, at } of gapLabel ? labels : []) {
      if (text === gapLabel.text) continue
      const apart =
        at.right <= gapLabel.at.left ||
        at.left >= gapLabel.at.right ||
        at.bottom <= gapLabel.at.top + 3 ||
        at.top >= gapLabel.at.bottom - 3
      if (!apart) found.push(`“${text.textContent}” is written over “${gapLabel.text.textContent}”`)
    }
  }
  return found
}

async function axeFaults(browser, url, colorScheme) {
  const page = await browser.newPage({ viewport: { width: 360, height: 640 }, colorScheme, bypassCSP: true })
  try {
    await page.goto(url)
    return await accessibilityFaults(page)
  } finally {
    await page.close()
  }
}
