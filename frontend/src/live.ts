import { localise } from './clock'
import { place } from './copy'
import { swap } from './swap'

/** How often numbers are fetched without events, the least time between two fetches, and over what time readers spread theirs. */
const every = 15_000
const least = 5_000
const spread = 2_000

/**
 * Keeps a page live while it is seen. An event says that something changed, and
 * the page is fetched again; without events it is fetched every 15 seconds. The
 * server words everything.
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
    if (!document.hidden) this.resume()
  }

  /** Fetches the page now and brings it up to date. */
  async refresh(): Promise<void> {
    if (this.running) return
    this.running = true
    this.fetched = Date.now()
    try {
      const response = await fetch(location.pathname + clean(location.search), { cache: 'no-cache' })
      if (response.ok) {
        const newer = new DOMParser().parseFromString(await response.text(), 'text/html')
        localise(newer, document.documentElement.lang)
        place(newer)
        swap(document, newer)
      }
    } catch {
      // No connection: the page keeps what it shows, with its time.
    } finally {
      this.running = false
    }
  }

  /** Fetches the page when the board, which is a second behind, has what was just counted. */
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

  /** An event: fetch soon, but not all readers at once, nor too often. */
  private changed(): void {
    this.wait(Math.max(least - (Date.now() - this.fetched), Math.random() * spread))
  }

  /** Fetches after a time, unless that is due earlier: events in a row put nothing off. */
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

/** A query without the answer to a press, which is for one showing only. */
export function clean(search: string): string {
  const query = new URLSearchParams(search)
  for (const key of ['said', 'symptom', 'at']) query.delete(key)
  const text = query.toString()
  return text && '?' + text
}
