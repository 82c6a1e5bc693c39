import { zoned } from './clock'
import { place } from './copy'
import { swap } from './swap'

/** The event of a document for a report that was just counted. */
export const counted = 'outcry-counted'

/** The event of a document whose numbers were just renewed. */
export const renewed = 'outcry-renewed'

const every = 15_000 // ms between two fetches without events
const least = 5_000 // ms between two fetches
const spread = 2_000 // ms over which readers spread their fetches after an event

/** Brings the page up to date with the one that the server makes now, in the visitor's zone. */
export async function renew(): Promise<void> {
  try {
    const response = await fetch(location.pathname + zoned(clean(location.search)), {
      cache: 'no-cache',
      headers: { Accept: 'text/html' }, // by which the service worker knows it
    })
    if (!response.ok) return
    const newer = new DOMParser().parseFromString(await response.text(), 'text/html')
    place(newer)
    swap(document, newer)
    document.dispatchEvent(new Event(renewed))
  } catch {
    document.getElementById('kept')?.removeAttribute('hidden') // no connection: the page shows the age of its numbers
  }
}

/**
 * Keeps a page live while it is visible. The page is fetched again after an event,
 * and every 15 seconds without one. All words come from the server.
 */
export class Live {
  private source: EventSource | undefined
  private timer: number | undefined
  private due = Infinity // when the timer ends
  private fetched = Date.now()
  private running = false

  constructor(private readonly events: string) {}

  start(): void {
    document.addEventListener('visibilitychange', () => (document.hidden ? this.stop() : this.resume()))
    window.addEventListener('online', () => void this.refresh())
    if (!document.hidden) this.resume()
  }

  /** Fetches the page now and brings it up to date. */
  async refresh(): Promise<void> {
    if (this.running) return
    this.running = true
    this.fetched = Date.now()
    await renew()
    this.running = false
  }

  /** Fetches the page once the snapshot, which is a second old, includes a report that was just counted. */
  soon(): void {
    this.wait(1_500)
  }

  private resume(): void {
    this.stop()
    this.source = new EventSource(this.events)
    for (const name of ['status', 'incident', 'counts']) this.source.addEventListener(name, () => this.changed())
    if (Date.now() - this.fetched >= every) void this.refresh()
    this.wait(every)
  }

  private stop(): void {
    this.source?.close()
    this.source = undefined
    window.clearTimeout(this.timer)
    this.due = Infinity
  }

  /** Fetches the page soon after an event, but not for all readers at once, and not too often. */
  private changed(): void {
    this.wait(Math.max(least - (Date.now() - this.fetched), Math.random() * spread))
  }

  /** Fetches after a time, or earlier if a fetch is already due earlier: events in a row postpone nothing. */
  private wait(ms: number): void {
    if (Date.now() + ms >= this.due) return
    window.clearTimeout(this.timer)
    this.due = Date.now() + ms
    this.timer = window.setTimeout(() => {
      this.due = Infinity
      void this.refresh()
      this.wait(every)
    }, ms)
  }
}

/** Returns a query without the answer to a press, which is shown only once. */
export function clean(search: string): string {
  const query = new URLSearchParams(search)
  for (const key of ['said', 'symptom', 'at']) query.delete(key)
  const text = query.toString()
  return text && '?' + text
}
