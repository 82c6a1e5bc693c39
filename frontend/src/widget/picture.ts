import { html, shape } from './nodes'
import { hint, language, leads, server } from './origin'
import { dress } from './style'
import type { TableView, View } from './view'

export const every = 60_000 // ms between two requests for numbers
const longest = 600_000 // ms between two requests while the server does not answer
const timeout = 15_000 // ms for one response

/** The distance from the window at which an element sends its first request. */
const near = '300px'

/**
 * An element that draws the numbers of a service. Its content on the host page is
 * the fallback until the first numbers arrive. When the server does not answer,
 * the last picture stays and shows its age.
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
  private life: AbortController | undefined // aborted when the element leaves the page
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
        (entries) => {
          this.near = entries.some((entry) => entry.isIntersecting)
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

  /** Requests numbers while the page is visible and the element is near, and stops otherwise. */
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

  /** Requests the numbers, draws them, and schedules the next request. It never throws. */
  private async ask(): Promise<void> {
    const service = this.getAttribute('service')
    const from = server(this)
    if (service && !from)
      this.box.replaceChildren(html('slot'), html('p', { part: 'hint', lang: 'en', dir: 'ltr' }, hint(this)))
    if (!service || !from) return
    const request = new AbortController()
    this.asking = request
    const timer = setTimeout(() => request.abort(), timeout)
    request.signal.addEventListener('abort', () => clearTimeout(timer))
    try {
      const response = await fetch(this.address(from, service), {
        credentials: 'omit',
        signal: request.signal,
        cache: this.view ? 'no-cache' : 'default',
      })
      if (!response.ok) throw new Error(`status ${response.status}`)
      this.view = (await response.json()) as View
      this.stale = false
      this.wait = every
    } catch {
      if (this.asking !== request) return // it was stopped meanwhile
      this.stale = true
      this.wait = Math.min(2 * this.wait, longest)
    } finally {
      clearTimeout(timer)
    }
    if (this.asking !== request) return
    this.asking = undefined
    this.show()
    this.tell()
    this.timer = window.setTimeout(() => {
      this.timer = 0
      this.look()
    }, this.wait)
  }

  private address(from: string, service: string): string {
    const query = new URLSearchParams({ lang: language(this) })
    for (const name of ['window', 'metric', 'country']) {
      const value = this.getAttribute(name)
      if (value) query.set(name, value)
    }
    return `${from}/widget/v1/${this.kind}/${encodeURIComponent(service)}?${query.toString()}`
  }

  /** Draws the last numbers. The keyboard focus stays in the table. */
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
      this.box.replaceChildren(html('slot')) // the response of a newer server does not fit this script
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
