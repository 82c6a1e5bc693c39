// Checks pages of a running server in a browser. Exits with 1 when a page exceeds
// its limits:
//
//   npm run check -- http://127.0.0.1:8080 / /whatsapp
import { launch } from './browser.mjs'
import { checkPages } from './limits.mjs'

const [origin, ...paths] = process.argv.slice(2)
if (paths.length === 0) {
  console.error('use: npm run check -- ORIGIN PATH…')
  process.exit(2)
}
const browser = await launch()
const { faults, sizes } = await checkPages(browser, origin, paths)
await browser.close()
for (const line of sizes) console.log(line)
for (const line of faults) console.error(line)
if (faults.length) process.exit(1)
