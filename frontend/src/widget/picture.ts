import { html, shape } from './nodes'
import { language, leads, server } from './origin'
import { dress } from './style'
import type { TableView, View } from './view'

/** How often a picture asks for newer numbers, and how long it waits at most while nobody answers. */
export const every = 60_000 // ms
const longest = 600_000 // ms
const timeout = 15_000 // ms, for one answer

/** How close to the window an element comes before it asks for the first time. */
const near = '300px'

/**
 * An element that shows a picture of a service. What is in it on the page of
 * others is shown until the first numbers are there, and for good where they never
 * come. Without an answer the last picture stays, and says how old it is.
 *
 * Events: outcry-update with { service, level, total, asOf }, and outcry-stale
 * with { service, asOf } once numbers are old.
 */
export abstract class Picture extends HTMLElement {
  static readonly observedAttributes = [
    'service',
    'window',
    'metric',
    'country',
    'language',
    'theme',
    'title',
    'origin',
  ]

  protected abstract readonly kind: string
  protected abstract draw(view: View): Node[]

  private readonly root = this.attachShadow({ mode: 'open' })
  private readonly box = html('div', { part: 'box', class: 'box' })
  private life: AbortController | undefined // of what runs while the element is on a page
  private view: View | undefined
  private stale = false
  private near = false
  private timer = 0
  private wait = every
  private asking: AbortController | undefined

  connectedCallback(): void {
    if (!this.root.firstChild) {
      dress(this.root)
      this.root.append(this.box)
      this.box.append(html('slot'))
    }
    this.life = new AbortController()
    const { signal } = this.life
    document.addEventListener('visibilitychange', () => this.look(), { signal })
    if (typeof IntersectionObserver === 'undefined') this.near = true
    else {
      const eye = new IntersectionObserver(
        (seen) => {
          this.near = seen.some((one) => one.isIntersecting)
          this.look()
        },
        { rootMargin: near },
      )
      eye.observe(this)
      signal.addEventListener('abort', () => eye.disconnect())
    }
    this.look()
  }

  disconnectedCallback(): void {
    this.life?.abort()
    this.life = undefined
    this.near = false
    this.rest()
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now || !this.life) return
    if (name === 'theme' || name === 'title') this.show()
    else {
      this.rest()
      this.look()
    }
  }

  /** Asks while the element is on a page that is seen, and rests otherwise. */
  private look(): void {
    if (!this.life || document.hidden || !this.near) this.rest()
    else if (!this.asking && !this.timer) void this.ask()
  }

  private rest(): void {
    clearTimeout(this.timer)
    this.timer = 0
    this.asking?.abort()
    this.asking = undefined
  }

  /** Asks for the numbers, shows them, and asks again in a while. It never throws. */
  private async ask(): Promise<void> {
    const service = this.getAttribute('service')
    if (!service) return
    const mine = new AbortController()
    this.asking = mine
    const patience = setTimeout(() => mine.abort(), timeout)
    mine.signal.addEventListener('abort', () => clearTimeout(patience))
    try {
      const response = await fetch(this.address(service), {
        credentials: 'omit',
        signal: mine.signal,
        cache: this.view ? 'no-cache' : 'default',
      })
      if (!response.ok) throw new Error(`status ${response.status}`)
      this.view = (await response.json()) as View
      this.stale = false
      this.wait = every
    } catch {
      if (this.asking !== mine) return // it was told to rest
      this.stale = true
      this.wait = Math.min(2 * this.wait, longest)
    } finally {
      clearTimeout(patience)
    }
    if (this.asking !== mine) return
    this.asking = undefined
    this.show()
    this.tell()
    this.timer = window.setTimeout(() => {
      this.timer = 0
      this.look()
    }, this.wait)
  }

  private address(service: string): string {
    const query = new URLSearchParams({ lang: language(this) })
    for (const name of ['window', 'metric', 'country']) {
      const value = this.getAttribute(name)
      if (value) query.set(name, value)
    }
    return `${server(this)}/widget/v1/${this.kind}/${encodeURIComponent(service)}?${query.toString()}`
  }

  /** Draws what is known. Who is in the table by keyboard stays there. */
  private show(): void {
    const { view } = this
    if (!view) return
    try {
      const open = this.root.querySelector('details')?.open ?? false
      const focused = this.root.activeElement?.tagName
      this.box.lang = view.lang
      this.box.dir = view.dir
      this.box.dataset.theme = this.getAttribute('theme') ?? ''
      this.box.replaceChildren(...this.head(view), ...this.draw(view), ...this.foot(view))
      const table = this.root.querySelector('details')
      if (table) table.open = open
      if (focused) this.root.querySelector<HTMLElement>(focused)?.focus({ preventScroll: true })
    } catch {
      this.box.replaceChildren(html('slot')) // an answer of a newer server that makes no sense here
    }
  }

  private head(view: View): Node[] {
    const own = this.getAttribute('title')
    const time = html('time', { part: 'time', datetime: view.as_of }, this.stale ? view.stale_text : view.as_of_text)
    const level = html('span', { part: 'level', class: `lv-${view.level}` }, shape(view.level), view.word)
    const when = html('span', { class: 'small' }, ...(view.since ? [`${view.since} · `] : []), time)
    const title =
      own === ''
        ? html('p', { part: 'title', class: 'title' }, level)
        : html(
            'p',
            { part: 'title', class: 'title', role: 'heading', 'aria-level': '2' },
            `${own ?? view.name}: `,
            level,
          )
    return [
      html('div', { class: 'head' }, title, when),
      html('p', { part: 'sentence' }, view.sentence, view.here ? ' ' : '', view.here && html('b', {}, view.here.text)),
    ]
  }

  private foot(view: View): Node[] {
    return [
      ...(view.table ? [table(view.table)] : []),
      html(
        'p',
        { part: 'foot', class: 'foot' },
        html('span', {}, (view.notes ?? []).join(' · ')),
        html(
          'a',
          { part: 'link', href: leads(view.href) ? view.href : undefined, target: '_blank', rel: 'noopener' },
          view.link,
        ),
      ),
    ]
  }

  private tell(): void {
    const { view } = this
    if (!view) return
    const detail = this.stale
      ? { service: view.service, asOf: view.as_of }
      : { service: view.service, level: view.level, total: view.total, asOf: view.as_of }
    this.dispatchEvent(
      new CustomEvent(this.stale ? 'outcry-stale' : 'outcry-update', { detail, bubbles: true, composed: true }),
    )
  }
}

function table(view: TableView): HTMLElement {
  const head = view.head.map((text, i) => html('th', { scope: 'col', class: i ? 'n' : undefined }, text))
  const rows = view.rows.map((row) =>
    html(
      'tr',
      {},
      ...row.map((text, i) => (i ? html('td', { class: 'n' }, text) : html('th', { scope: 'row' }, text))),
    ),
  )
  return html(
    'details',
    { part: 'table' },
    html('summary', {}, view.summary),
    html(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': view.caption },
      html('table', {}, html('thead', {}, html('tr', {}, ...head)), html('tbody', {}, ...rows)),
    ),
  )
}
