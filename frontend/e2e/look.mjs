// Takes pictures of pages, to be looked at: of those of a running server, or,
// with a folder alone, of all of them during a replayed outage.
//
//   npm run look -- pictures
//   npm run look -- http://127.0.0.1:8080 pictures / /whatsapp
//
// Each page in English, Bengali and Arabic, on a phone and a desk, light and
// dark.
import { mkdirSync } from 'node:fs'
import { launch } from './browser.mjs'
import { replay } from './outage.mjs'

let [origin, folder, ...paths] = process.argv.slice(2)
if (!origin || (folder && paths.length === 0)) {
  console.error('use: npm run look -- FOLDER, or: npm run look -- ORIGIN FOLDER PATH…')
  process.exit(2)
}
let stop = async () => {}
if (!folder) {
  folder = origin
  const outage = await replay()
  ;({ origin, stop } = outage)
  paths = ['/', '/?country=GB', '/whatsapp', '/bkash', '/whatsapp/history', `/incidents/${outage.incident}`, '/method', '/developers', '/nowhere']
}
mkdirSync(folder, { recursive: true })
const browser = await launch()
for (const language of ['en', 'bn', 'ar']) {
  for (const width of [360, 1280]) {
    for (const colorScheme of ['light', 'dark']) {
      const page = await browser.newPage({ viewport: { width, height: width === 360 ? 640 : 900 }, colorScheme, locale: language, reducedMotion: 'reduce' })
      for (const path of paths) {
        await page.goto(`${origin}/${language}${path.replace(/^\/(?=$|\?)/, '')}`)
        const name = path === '/' ? 'home' : path.slice(1).replaceAll(/[^a-zA-Z0-9-]+/g, '_')
        await page.screenshot({ path: `${folder}/${name}-${language}-${width}-${colorScheme}.png`, fullPage: true })
      }
      await page.close()
    }
  }
}
await browser.close()
await stop()
