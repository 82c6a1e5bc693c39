// Takes pictures of pages and embeds, to be looked at: of pages of a running
// server, or, with a folder alone, of all there is during a replayed outage.
//
//   npm run look -- pictures
//   npm run look -- http://127.0.0.1:8080 pictures / /whatsapp
//
// Each in English, Bengali and Arabic, on a phone and a desk, light and dark.
import { mkdirSync } from 'node:fs'
import { launch } from './browser.mjs'
import { host } from './host.mjs'
import { replay } from './outage.mjs'
import { start } from './server.mjs'

const service = 'whatsapp' // what falls in the replayed outage
const kinds = ['heatmap', 'chart', 'report']
const elements = kinds.map((kind) => `outcry-${kind}`).join()
const frames = ['/embed/heatmap/', '/embed/report/']
const images = ['map.svg', 'badge.svg', 'card.png']
const widths = [360, 1280]
const schemes = ['light', 'dark']

const [first, second, ...asked] = process.argv.slice(2)
if (!first || (second && asked.length === 0)) {
  console.error('use: npm run look -- FOLDER, or: npm run look -- ORIGIN FOLDER PATH…')
  process.exit(2)
}
const browser = await launch()
if (second) await pages(first, second, asked)
else await everything(first)
await browser.close()

/** Takes pictures of all there is: of a quiet server, and of one with an outage. */
async function everything(folder) {
  const quiet = await start()
  await pages(quiet.origin, `${folder}/quiet`, ['/', `/${service}`])
  await quiet.stop()
  const { origin, incident, stop } = await replay()
  await pages(origin, folder, ['/', '/?country=GB', `/${service}`, '/bkash', `/${service}/history`, `/incidents/${incident}`, '/method', '/developers', '/nowhere'])
  await embeds(origin, `${folder}/embeds`)
  await stop()
}

async function pages(origin, folder, paths) {
  await everyWay(async (language, shot) => {
    for (const path of paths) {
      const name = path === '/' ? 'home' : path.slice(1).replaceAll(/[^a-zA-Z0-9-]+/g, '_')
      await shot(folder, name, `${origin}/${language}${path.replace(/^\/(?=$|\?)/, '')}`)
    }
  })
}

/** Elements and images stand on a page of others, frames are opened by themselves. */
async function embeds(origin, folder) {
  await everyWay(async (language, shot) => {
    for (const kind of kinds) {
      const page = await host(origin, `<outcry-${kind} service="${service}"></outcry-${kind}>`, { lang: language })
      await shot(folder, `outcry-${kind}`, page.url)
      await page.stop()
    }
    for (const path of frames) await shot(folder, path.slice(1, -1).replace('/', '-'), `${origin}${path}${service}?lang=${language}`)
    for (const image of images) {
      const [kind, ending] = image.split('.')
      const page = await host(origin, `<img src="${origin}/${kind}/${service}.${ending}?lang=${language}" alt="">`, { lang: language })
      await shot(folder, kind, page.url)
      await page.stop()
    }
  })
}

/** Runs take once for each language, width and colour scheme, with what takes a picture there. */
async function everyWay(take) {
  for (const language of ['en', 'bn', 'ar']) {
    for (const width of widths) {
      for (const colorScheme of schemes) {
        const tab = await browser.newPage({ viewport: { width, height: width === 360 ? 640 : 900 }, colorScheme, locale: language, reducedMotion: 'reduce' })
        await take(language, async (folder, name, url) => {
          mkdirSync(folder, { recursive: true })
          await tab.goto(url)
          await tab.evaluate((elements) => document.querySelector(elements)?.scrollIntoView(), elements) // they draw once they are seen
          await tab.waitForFunction(drawn, elements)
          await tab.evaluate(() => scrollTo(0, 0))
          await tab.screenshot({ path: `${folder}/${name}-${language}-${width}-${colorScheme}.png`, fullPage: true })
        })
        await tab.close()
      }
    }
  }
}

/** Runs in the page: whether its elements have their numbers, and its images are there. */
function drawn(elements) {
  const shown = (element) => element.shadowRoot?.querySelector('[part=title], iframe')
  return [...document.querySelectorAll(elements)].every(shown) && [...document.images].every((image) => image.complete)
}
