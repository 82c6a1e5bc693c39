// Takes screenshots of pages of a running server or, with a folder alone, of all
// pages and embeds during a replayed outage.
//
//   npm run look -- screenshots
//   npm run look -- http://127.0.0.1:8080 screenshots / /whatsapp
//
// Each in English, Bengali and Arabic, on a phone and a desk, light and dark.
import { mkdirSync } from 'node:fs'
import { launch } from './browser.mjs'
import { serveHostPage } from './host.mjs'
import { replay } from './outage.mjs'
import { start } from './server.mjs'

const service = 'whatsapp' // the service of the replayed outage
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
if (second) await shootPages(first, second, asked)
else await shootAll(first)
await browser.close()

/** Takes screenshots of all pages and embeds: of a quiet server, and of one with an outage. */
async function shootAll(folder) {
  const quiet = await start()
  await shootPages(quiet.origin, `${folder}/quiet`, ['/', `/${service}`])
  await quiet.stop()
  const { origin, incident, stop } = await replay()
  await shootPages(origin, folder, [
    '/',
    '/?country=GB',
    `/${service}`,
    '/bkash',
    `/${service}/history`,
    `/incidents/${incident}`,
    '/method',
    '/developers',
    '/admin',
    '/nowhere',
  ])
  await shootEmbeds(origin, `${folder}/embeds`)
  await stop()
}

async function shootPages(origin, folder, paths) {
  await inEveryLook(async (language, shoot) => {
    for (const path of paths) {
      const name = path === '/' ? 'home' : path.slice(1).replaceAll(/[^a-zA-Z0-9-]+/g, '_')
      await shoot(folder, name, `${origin}/${language}${path.replace(/^\/(?=$|\?)/, '')}`)
    }
  })
}

/** Takes screenshots of elements and images on a host page, and of frames by themselves. */
async function shootEmbeds(origin, folder) {
  await inEveryLook(async (language, shoot) => {
    for (const kind of kinds) {
      const page = await serveHostPage(origin, `<outcry-${kind} service="${service}"></outcry-${kind}>`, {
        lang: language,
      })
      await shoot(folder, `outcry-${kind}`, page.url)
      await page.stop()
    }
    for (const path of frames)
      await shoot(folder, path.slice(1, -1).replace('/', '-'), `${origin}${path}${service}?lang=${language}`)
    for (const image of images) {
      const [kind, ending] = image.split('.')
      const page = await serveHostPage(
        origin,
        `<img src="${origin}/${kind}/${service}.${ending}?lang=${language}" alt="">`,
        { lang: language },
      )
      await shoot(folder, kind, page.url)
      await page.stop()
    }
  })
}

/** Runs take once for each language, width and colour scheme, with a function that takes a screenshot. */
async function inEveryLook(take) {
  for (const language of ['en', 'bn', 'ar']) {
    for (const width of widths) {
      for (const colorScheme of schemes) {
        const tab = await browser.newPage({
          viewport: { width, height: width === 360 ? 640 : 900 },
          colorScheme,
          locale: language,
          reducedMotion: 'reduce',
        })
        await take(language, async (folder, name, url) => {
          mkdirSync(folder, { recursive: true })
          await tab.goto(url)
          await tab.evaluate((elements) => document.querySelector(elements)?.scrollIntoView(), elements) // elements draw once they are visible
          await tab.waitForFunction(isDrawn, elements)
          await tab.evaluate(() => scrollTo(0, 0))
          await tab.screenshot({ path: `${folder}/${name}-${language}-${width}-${colorScheme}.png`, fullPage: true })
        })
        await tab.close()
      }
    }
  }
}

/** Runs in the page. Reports whether its elements have their numbers and its images are loaded. */
function isDrawn(elements) {
  const hasNumbers = (element) => element.shadowRoot?.querySelector('[part=title], iframe')
  return (
    [...document.querySelectorAll(elements)].every(hasNumbers) && [...document.images].every((image) => image.complete)
  )
}
