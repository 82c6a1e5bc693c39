// Checks the pages of a running server in a browser, and fails when one is not
// as promised:
//
//   npm run check -- http://127.0.0.1:8080 / /whatsapp
//
// Each page in both languages: nothing overflows at 320 px, the report buttons
// and their small print end above 600 px on a phone, axe finds nothing, the
// policy blocks nothing, nothing is asked of others, and budgets hold.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { launch } from './browser.mjs'

const [origin, ...paths] = process.argv.slice(2)
if (paths.length === 0) {
  console.error('use: npm run check -- ORIGIN PATH…')
  process.exit(2)
}
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const budgets = { document: 14, stylesheet: 6, script: 8 } // KB, gzipped
const fold = 600 // px
let failures = 0
function fail(where, what) {
  failures++
  console.error(`${where}: ${what}`)
}

const browser = await launch()
for (const language of ['en', 'bn']) {
  for (const path of paths) {
    const url = `${origin}/${language}${path === '/' ? '' : path}`
    const page = await browser.newPage({ viewport: { width: 360, height: 640 }, bypassCSP: false })
    const where = `${language} ${path}`
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of (404|503)/.test(message.text())) fail(where, message.text())
    })
    page.on('pageerror', (error) => fail(where, error.message))
    const sizes = {}
    page.on('response', async (response) => {
      const request = response.request()
      if (!request.url().startsWith(origin)) return fail(where, `asks ${request.url()}`)
      const kind = request.resourceType()
      if (!(kind in budgets)) return
      const size = gzipSync(await response.body()).length / 1024
      sizes[kind] = Math.max(sizes[kind] ?? 0, size)
      if (size > budgets[kind]) fail(where, `${kind} is ${size.toFixed(1)} KB gzipped, more than ${budgets[kind]}`)
    })
    await page.goto(url)
    const end = await page.evaluate(() => {
      const print = document.querySelector('form.report [role=status]')
      if (!print) return undefined
      const text = document.createRange() // its lines, without the room kept for an answer
      text.selectNodeContents(print)
      return text.getBoundingClientRect().bottom
    })
    if (end > fold) fail(where, `the report form ends at ${end} px, below ${fold}`)
    const small = await page.evaluate(() => [...document.querySelectorAll('.sym .rb')].filter((b) => b.getBoundingClientRect().height < 48).length)
    if (small) fail(where, `${small} report buttons are lower than 48 px`)
    for (const width of [320, 360, 768, 1280]) {
      await page.setViewportSize({ width, height: 640 })
      const wide = await page.evaluate(() => document.documentElement.scrollWidth)
      if (wide > width) fail(where, `overflows at ${width} px: ${wide}`)
    }
    await page.close()
    for (const colorScheme of ['light', 'dark']) {
      const seen = await browser.newPage({ viewport: { width: 360, height: 640 }, colorScheme, bypassCSP: true })
      await seen.goto(url)
      await seen.addScriptTag({ content: axe })
      const { violations } = await seen.evaluate(() => window.axe.run())
      for (const v of violations) fail(`${where} ${colorScheme}`, `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(', ')}`)
      await seen.close()
    }
    const weights = Object.entries(sizes).map(([kind, size]) => `${kind} ${size.toFixed(1)} KB`)
    console.log(`${where}: ${end ? `form ends at ${Math.round(end)} px, ` : ''}${weights.join(', ')}`)
  }
}
await browser.close()
if (failures) process.exit(1)
