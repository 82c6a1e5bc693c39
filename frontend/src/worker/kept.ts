/** What Kept needs of the service worker. Tests pass their own. */
export interface World {
  caches: CacheStorage
  fetch: (address: string) => Promise<Response>
  now: () => number
  /** The address that all pages are below, with a slash at its end. */
  base: string
}

const mostPages = 20
const maxAge = 24 * 3600_000 // ms, after which a page is not shown any more
const rewritten = 60_000 // ms in which an open page is stored once
const refetched = 24 * 3600_000 // ms after which the page for "no connection" is requested again

/** The name of the cache. It changes with the layout of what is stored, and older caches are deleted. */
const current = 'outcry-1'
const pages = 'outcry-1-pages'

/** Headers of stored pages: when and from which address they were stored. */
const storedAt = 'Outcry-Stored'
const storedFrom = 'Outcry-From'

/** What the page of a service carries to say that it is a copy. Only pages that carry it are kept. */
const hiddenAge = /(<p [^>]*id="kept"[^>]*) hidden>/

/** The last pages of services, each with the files that it loads, and the page for "no connection". */
export class Kept {
  constructor(private readonly world: World) {}

  /** Stores what is shown for a page that is not kept, in the language of the browser. */
  async prepare(): Promise<void> {
    await this.keepOffline(this.world.base + 'offline', true)
  }

  /** Stores the page of a service, ready to be shown as a copy. Other responses are ignored. */
  async keep(address: string, response: Response): Promise<void> {
    if (response.status !== 200 || /no-store/.test(response.headers.get('Cache-Control') ?? '')) return
    if (!/^text\/html/.test(response.headers.get('Content-Type') ?? '')) return
    const html = await response.text()
    if (!hiddenAge.test(html)) return
    const { now, caches, base } = this.world
    const cache = await caches.open(pages)
    const key = withoutQuery(address)
    const before = await cache.match(key)
    if (before && before.headers.get(storedFrom) === address && now() - timeOf(before) < rewritten) return
    await this.store(cache, key, html.replace(hiddenAge, '$1>'), response, address)
    const added = await this.keepFiles(html)
    const prefix = /^[a-z]{2}\//.exec(address.slice(base.length))?.[0] ?? ''
    await this.keepOffline(`${base}${prefix}offline`)
    if (!before || added) await this.tidy()
  }

  /** Returns the kept page at an address, if it is not too old. */
  async page(address: string): Promise<Response | undefined> {
    const page = await (await this.world.caches.open(pages)).match(withoutQuery(address))
    return page && this.world.now() - timeOf(page) <= maxAge ? page : undefined
  }

  /** Returns the page that says that there is no connection and lists the kept pages, in the language of an address. */
  async offline(address: string): Promise<Response | undefined> {
    const { caches, base } = this.world
    const cache = await caches.open(current)
    const prefix = /^[a-z]{2}(?=\/|$)/.exec(withoutQuery(address).slice(base.length))?.[0]
    const page = (prefix && (await cache.match(`${base}${prefix}/offline`))) || (await cache.match(base + 'offline'))
    if (!page) return undefined
    const items = await this.list()
    const html = await page.text()
    const filled = items
      ? html
          .replace(/(<section [^>]*id="kept-pages"[^>]*) hidden>/, '$1>')
          .replace(/(<ul [^>]*id="kept-list"[^>]*>)/, (list) => list + items)
      : html
    return new Response(filled, { headers: page.headers })
  }

  /** Returns a file that a kept page loads. Its address changes with its content, so it is never old. */
  async file(address: string): Promise<Response | undefined> {
    return (await this.world.caches.open(current)).match(address)
  }

  /** Deletes pages that are too old or too many, files that no page loads, and the caches of older versions. */
  async tidy(): Promise<void> {
    const { caches, now, base } = this.world
    for (const name of await caches.keys())
      if (name.startsWith('outcry-') && name !== current && name !== pages) await caches.delete(name)
    const cache = await caches.open(pages)
    const newest = await this.all()
    const needed = new Set<string>()
    for (const [i, { request, page }] of newest.entries()) {
      if (i >= mostPages || now() - timeOf(page) > maxAge) await cache.delete(request)
      else for (const file of filesOf(await page.text(), base)) needed.add(file)
    }
    const files = await caches.open(current)
    const stored = await files.keys()
    for (const { url } of stored.filter(({ url }) => isOffline(url)))
      for (const file of filesOf((await (await files.match(url))?.text()) ?? '', base)) needed.add(file)
    for (const { url } of stored) if (!isOffline(url) && !needed.has(url)) await files.delete(url)
  }

  /** Returns the kept pages, the newest first. */
  private async all(): Promise<{ request: Request; page: Response }[]> {
    const cache = await this.world.caches.open(pages)
    const found: { request: Request; page: Response }[] = []
    for (const request of await cache.keys()) {
      const page = await cache.match(request)
      if (page) found.push({ request, page })
    }
    return found.sort((a, b) => timeOf(b.page) - timeOf(a.page))
  }

  /** Returns the items of a list of the kept pages, in the markup of the pages themselves. */
  private async list(): Promise<string> {
    let items = ''
    for (const { request, page } of await this.all()) {
      if (this.world.now() - timeOf(page) > maxAge) continue
      const html = await page.text()
      const name = /<h1>(.*?)<\/h1>/s.exec(html)?.[1]
      const made = /data-made="([^"]*)"/.exec(html)?.[1]
      const [, lang, dir = ''] = /<html lang="([a-z]+)"( dir="rtl")?/.exec(html) ?? []
      const { pathname } = new URL(request.url)
      items += `<li lang="${lang}"${dir}><a href="${pathname}"><b>${name}</b></a> <span class="small">${made}</span></li>`
    }
    return items
  }

  private async keepOffline(address: string, again = false): Promise<void> {
    const { caches, fetch, now } = this.world
    const cache = await caches.open(current)
    const before = await cache.match(address)
    if (before && !again && now() - timeOf(before) < refetched) return
    const response = await fetch(address)
    if (!response.ok) throw new Error(`${address}: status ${response.status}`)
    const html = await response.text()
    await this.store(cache, address, html, response, address)
    await this.keepFiles(html)
  }

  private async store(cache: Cache, key: string, html: string, from: Response, address: string): Promise<void> {
    const headers = new Headers()
    for (const name of ['Content-Type', 'Content-Security-Policy', 'X-Content-Type-Options', 'Referrer-Policy']) {
      const value = from.headers.get(name)
      if (value) headers.set(name, value)
    }
    headers.set(storedAt, String(this.world.now()))
    headers.set(storedFrom, address)
    await cache.put(key, new Response(html, { headers }))
  }

  /** Stores the files that a page loads, and reports whether one was new. */
  private async keepFiles(html: string): Promise<boolean> {
    const { caches, fetch, base } = this.world
    const cache = await caches.open(current)
    let added = false
    for (const file of filesOf(html, base)) {
      if (await cache.match(file)) continue
      const response = await fetch(file)
      if (!response.ok) continue // of a version that is gone
      await cache.put(file, response)
      added = true
    }
    return added
  }
}

function withoutQuery(address: string): string {
  return address.replace(/[?#].*/s, '')
}

function timeOf(stored: Response): number {
  return Number(stored.headers.get(storedAt))
}

function isOffline(address: string): boolean {
  return address.endsWith('/offline')
}

/** Returns the addresses of the files that a page loads. */
function filesOf(html: string, base: string): Set<string> {
  const found = html.matchAll(/(?:src|href)="([^"#]*\/static\/[^"#]+)/g)
  return new Set([...found].map(([, path]) => new URL(path!, base).href))
}
