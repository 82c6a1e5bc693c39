import { beforeEach, describe, expect, it } from 'vitest'
import { Kept } from './kept'

const base = 'https://outcry.example/'
const hour = 3600_000

/** A cache in memory, as far as Kept uses it. */
class MemoryCache {
  private readonly stored = new Map<string, Response>()

  match(request: string | Request): Promise<Response | undefined> {
    return Promise.resolve(this.stored.get(addressOf(request))?.clone())
  }
  put(request: string | Request, response: Response): Promise<void> {
    this.stored.set(addressOf(request), response)
    return Promise.resolve()
  }
  delete(request: string | Request): Promise<boolean> {
    return Promise.resolve(this.stored.delete(addressOf(request)))
  }
  keys(): Promise<Request[]> {
    return Promise.resolve([...this.stored.keys()].map((address) => new Request(address)))
  }
}

function addressOf(request: string | Request): string {
  return typeof request === 'string' ? request : request.url
}

const page = (name: string, style = 'one') =>
  `<html lang="en"><link rel="stylesheet" href="/static/${style}.css"><p role="status" id="kept" data-made="21:33" hidden>Age</p><h1><bdi>${name}</bdi></h1></html>`
const offlinePage =
  '<html lang="en"><link href="/static/one.css"><section class="sec" id="kept-pages" hidden><ul class="rows" id="kept-list"></ul></section></html>'
const html = (text: string, headers: Record<string, string> = {}) =>
  new Response(text, { headers: { 'Content-Type': 'text/html; charset=utf-8', ...headers } })

let now: number
let caches: Map<string, MemoryCache>
let asked: string[]
let kept: Kept

beforeEach(() => {
  now = Date.UTC(2022, 9, 25, 21, 33)
  caches = new Map()
  asked = []
  kept = new Kept({
    base,
    now: () => now,
    fetch: (address) => {
      asked.push(address.slice(base.length))
      return Promise.resolve(address.endsWith('offline') ? html(offlinePage) : new Response('file'))
    },
    caches: {
      open: (name: string) => {
        const cache = caches.get(name) ?? new MemoryCache()
        caches.set(name, cache)
        return Promise.resolve(cache)
      },
      keys: () => Promise.resolve([...caches.keys()]),
      delete: (name: string) => Promise.resolve(caches.delete(name)),
    } as unknown as CacheStorage,
  })
})

const stored = async (): Promise<string[]> => {
  const all: string[] = []
  for (const cache of caches.values()) for (const { url } of await cache.keys()) all.push(url.slice(base.length))
  return all.sort()
}

describe('kept pages', () => {
  it('show their age, whatever was asked of the page', async () => {
    await kept.keep(
      `${base}whatsapp?zone=360`,
      html(page('WhatsApp'), { 'Content-Security-Policy': "default-src 'none'" }),
    )
    const copy = await kept.page(`${base}whatsapp?range=6h`)
    expect(await copy?.text()).toContain('data-made="21:33">Age')
    expect(copy?.headers.get('Content-Security-Policy')).toBe("default-src 'none'")
    expect(await kept.file(`${base}static/one.css`)).toBeDefined()
  })
  it.each([
    ['an answer to one visitor', html(page('WhatsApp'), { 'Cache-Control': 'no-store' })],
    ['a page without an age', html('<html><p>Admin</p></html>')],
    ['an error', new Response(page('WhatsApp'), { status: 503, headers: { 'Content-Type': 'text/html' } })],
    ['what is no page', new Response(page('WhatsApp'), { headers: { 'Content-Type': 'application/json' } })],
  ])('are none of %s', async (_, response) => {
    await kept.keep(`${base}whatsapp`, response)
    expect(await stored()).toEqual([])
  })
  it('are at most 20, the newest ones, with the files that they need', async () => {
    for (let i = 0; i < 30; i++) {
      now += 1000
      await kept.keep(`${base}service-${i}`, html(page(`Service ${i}`, `style-${i % 7 === 0 ? i : 'all'}`)))
    }
    const all = await stored()
    const pages = all.filter((address) => address.startsWith('service-'))
    expect(pages.length).toBe(20)
    expect(pages).not.toContain('service-9')
    expect(all.filter((address) => address.startsWith('static/'))).toEqual([
      'static/one.css', // of the page for no connection
      'static/style-14.css',
      'static/style-21.css',
      'static/style-28.css',
      'static/style-all.css',
    ])
  })
  it('are not shown after a day, and then deleted', async () => {
    await kept.prepare()
    await kept.keep(`${base}whatsapp`, html(page('WhatsApp')))
    now += 24 * hour
    expect(await kept.page(`${base}whatsapp`)).toBeDefined()
    now += 1
    expect(await kept.page(`${base}whatsapp`)).toBeUndefined()
    expect(await (await kept.offline(`${base}whatsapp`))?.text()).toBe(offlinePage)
    await kept.tidy()
    expect(await stored()).toEqual(['offline', 'static/one.css'])
  })
  it('are stored again once a minute, or when they are another page', async () => {
    const text = async () => (await kept.page(`${base}whatsapp`))?.text()
    await kept.keep(`${base}whatsapp`, html(page('first')))
    now += 15_000
    await kept.keep(`${base}whatsapp`, html(page('second')))
    expect(await text()).toContain('first')
    await kept.keep(`${base}whatsapp?zone=360`, html(page('third')))
    expect(await text()).toContain('third')
    now += 60_000
    await kept.keep(`${base}whatsapp?zone=360`, html(page('fourth')))
    expect(await text()).toContain('fourth')
  })
  it('of other versions of the layout are deleted, and nothing that is not ours', async () => {
    caches.set('outcry-0', new MemoryCache())
    caches.set('another', new MemoryCache())
    await kept.tidy()
    expect([...caches.keys()].sort()).toEqual(['another', 'outcry-1', 'outcry-1-pages'])
  })
})

describe('the page for no connection', () => {
  it('is in the language of the address, and lists what is kept', async () => {
    await kept.prepare()
    await kept.keep(`${base}bn/whatsapp`, html(page('WhatsApp &amp; Co')))
    expect(await stored()).toContain('bn/offline')
    const text = await (await kept.offline(`${base}bn/method?x=1`))?.text()
    expect(text).toContain('<section class="sec" id="kept-pages"><ul')
    expect(text).toContain(
      '<li lang="en"><a href="/bn/whatsapp"><b><bdi>WhatsApp &amp; Co</bdi></b></a> <span class="small">21:33</span></li>',
    )
    expect(await (await kept.offline(`${base}de`))?.text()).toContain('kept-pages')
  })
  it('is requested once a day', async () => {
    await kept.prepare()
    for (let i = 0; i < 3; i++) await kept.keep(`${base}service-${i}`, html(page('x')))
    expect(asked.filter((path) => path === 'offline').length).toBe(1)
    now += 25 * hour
    await kept.keep(`${base}service-4`, html(page('x')))
    expect(asked.filter((path) => path === 'offline').length).toBe(2)
  })
})
