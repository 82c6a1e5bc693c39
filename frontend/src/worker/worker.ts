// The service worker. It keeps the last pages of services and shows them while
// there is no connection, with their age. With a connection every page comes from
// the server. It shows the notifications that visitors asked for. It touches nothing else: no form, no call of the API, no stream, no
// frame, and nothing under /admin.
import { Kept } from './kept'
import { noticeOf, pageOf } from './notice'

declare const self: ServiceWorkerGlobalScope

const base = self.registration.scope
const kept = new Kept({ caches, fetch: (address) => fetch(address), now: () => Date.now(), base })

self.addEventListener('install', (event) => {
  // A new version takes over at once: it shows nothing old, and files have an address for each version.
  event.waitUntil(kept.prepare().then(() => self.skipWaiting()))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    Promise.all([kept.tidy(), self.registration.navigationPreload?.enable(), self.clients.claim()]).then(() => {}),
  )
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET' || !request.url.startsWith(base)) return
  const path = request.url.slice(base.length)
  if (path.startsWith('static/')) event.respondWith(file(request))
  else if (isUntouched(path)) return
  else if (request.mode === 'navigate' && request.destination === 'document') event.respondWith(page(event))
  else if (request.destination === '' && request.headers.get('Accept') === 'text/html')
    event.respondWith(refreshed(event))
})

self.addEventListener('push', (event) => {
  const { title, ...options } = noticeOf(event.data?.text() ?? '', base)
  event.waitUntil(self.registration.showNotification(title, options))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(open(pageOf(event.notification.data, base)))
})

/** Shows the page at an address: where it is open already, or else in a new tab. */
async function open(address: string): Promise<void> {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const shown = windows.find(({ url }) => url.replace(/[?#].*/s, '') === address)
  await (shown ? shown.focus() : self.clients.openWindow(address))
}

/** Reports whether a path below base is none of a page that visitors read. */
function isUntouched(path: string): boolean {
  return /^([a-z]{2}\/)?(api|admin|embed|widget|card|map|badge|oembed|healthz|readyz|metrics|mcp)([/?]|$)|^[^?]*\.\w+(\?|$)/.test(
    path,
  )
}

/** Answers a navigation from the server, or without a connection from what is kept. */
async function page(event: FetchEvent): Promise<Response> {
  const { request } = event
  try {
    const preloaded = (await event.preloadResponse) as Response | undefined
    const response = preloaded ?? (await fetch(request))
    event.waitUntil(keep(request.url, response.clone()))
    return response
  } catch (error) {
    const copy = (await kept.page(request.url)) ?? (await kept.offline(request.url))
    if (copy) return copy
    throw error
  }
}

/** Answers the request by which an open page renews its numbers. Without a connection it fails: the page shows its age. */
async function refreshed(event: FetchEvent): Promise<Response> {
  const response = await fetch(event.request)
  event.waitUntil(keep(event.request.url, response.clone()))
  return response
}

/** Answers the request for a file: from the cache of the browser or the server, or else as it was kept. */
async function file(request: Request): Promise<Response> {
  try {
    return await fetch(request)
  } catch (error) {
    const copy = await kept.file(request.url)
    if (copy) return copy
    throw error
  }
}

/** Keeps a page. That it cannot be kept, because the storage is full or the connection ends, changes nothing for the visitor. */
async function keep(address: string, response: Response): Promise<void> {
  try {
    await kept.keep(address, response)
  } catch (error) {
    console.debug('Outcry does not keep this page:', error)
  }
}
