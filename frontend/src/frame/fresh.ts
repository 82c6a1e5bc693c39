/** How often a frame requests newer numbers. Caches hold them for half a minute. */
export const every = 60_000 // ms

/** Refreshes the picture of a frame while it is visible, by requesting its page again. */
export class Fresh {
  private timer = 0

  constructor(private readonly page: Document) {}

  start(): void {
    this.page.addEventListener('visibilitychange', () => (this.page.hidden ? this.stop() : this.wait()))
    if (!this.page.hidden) this.wait()
  }

  /** Requests the page and replaces its content. Without a response the picture stays and shows its age. */
  async refresh(): Promise<void> {
    try {
      const response = await fetch(this.page.location.href, { credentials: 'omit', cache: 'no-cache' })
      if (!response.ok) throw new Error(`status ${response.status}`)
      replace(this.page, new DOMParser().parseFromString(await response.text(), 'text/html'))
    } catch {
      const time = this.page.querySelector<HTMLElement>('time[data-stale]')
      if (time) time.textContent = time.dataset.stale ?? ''
    }
  }

  private stop(): void {
    clearTimeout(this.timer)
  }

  private wait(): void {
    this.stop()
    this.timer = window.setTimeout(() => void this.refresh().then(() => this.wait()), every)
  }
}

/** Replaces the content of the page, unless it has the keyboard focus. An open table stays open. */
function replace(page: Document, newer: Document): void {
  const old = page.querySelector('main')
  const next = newer.querySelector('main')
  if (!old || !next || (page.activeElement !== page.body && old.contains(page.activeElement))) return
  const table = next.querySelector('details')
  if (table) table.open = old.querySelector('details')?.open ?? false
  old.replaceWith(page.adoptNode(next))
}
