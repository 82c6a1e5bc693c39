// Takes pictures of the pages of a running server, to be looked at:
//
//   npm run look -- http://127.0.0.1:8080 /tmp/pictures / /whatsapp
//
// Each page in both languages, on a phone and a desk, light and dark.
import { mkdirSync } from 'node:fs'
import { launch } from './browser.mjs'

const [origin, folder, ...paths] = process.argv.slice(2)
if (!folder || paths.length === 0) {
  console.error('use: npm run look -- ORIGIN FOLDER PATH…')
  process.exit(2)
}
mkdirSync(folder, { recursive: true })
const browser = await launch()
for (const language of ['en', 'bn']) {
  for (const width of [360, 1280]) {
    for (const colorScheme of ['light', 'dark']) {
      const page = await browser.newPage({ viewport: { width, height: width === 360 ? 640 : 900 }, colorScheme, locale: language, reducedMotion: 'reduce' })
      for (const path of paths) {
        await page.goto(`${origin}/${language}${path === '/' ? '' : path}`)
        const name = path === '/' ? 'home' : path.slice(1).replaceAll(/[^a-z0-9-]+/g, '_')
        await page.screenshot({ path: `${folder}/${name}-${language}-${width}-${colorScheme}.png`, fullPage: true })
      }
      await page.close()
    }
  }
}
await browser.close()
