import { html } from './nodes'
import { hint, language, server } from './origin'
import { dress } from './style'

const first = 360 // px, the height until the frame has sent its own
const highest = 1200 // px

/**
 * <outcry-report service="whatsapp">: the report buttons. They are a page of the
 * server in a frame, which asks for confirmation, so that a host page cannot
 * report in its visitors' name.
 *
 * Event: outcry-report with { service, counted } once a report was accepted or
 * refused.
 */
export class Report extends HTMLElement {
  static readonly observedAttributes = ['service', 'language', 'theme', 'origin']

  private readonly root = this.attachShadow({ mode: 'open' })
  private frame: HTMLIFrameElement | undefined
  private life: AbortController | undefined

  connectedCallback(): void {
    if (!this.root.firstChild) dress(this.root)
    this.life = new AbortController()
    window.addEventListener('message', (event) => this.receive(event), { signal: this.life.signal })
    this.show()
  }

  disconnectedCallback(): void {
    this.life?.abort()
    this.life = undefined
    this.frame?.remove()
    this.frame = undefined
  }

  attributeChangedCallback(_: string, before: string | null, now: string | null): void {
    if (before !== now && this.life) this.show()
  }

  private show(): void {
    const service = this.getAttribute('service')
    const from = server(this)
    this.root.querySelectorAll('iframe, p').forEach((old) => old.remove())
    this.frame = undefined
    if (service && !from) this.root.append(html('p', { part: 'hint', lang: 'en', dir: 'ltr' }, hint(this)))
    if (!service || !from) return
    const query = new URLSearchParams({ lang: language(this) })
    const theme = this.getAttribute('theme')
    if (theme) query.set('theme', theme)
    this.frame = html('iframe', {
      part: 'frame',
      src: `${from}/embed/report/${encodeURIComponent(service)}?${query.toString()}`,
      title: this.getAttribute('title') || 'Outcry',
      height: String(first),
      loading: 'lazy',
    })
    this.root.append(this.frame)
  }

  /** Handles a message of the frame. Any window can send messages: those of other windows are ignored. */
  private receive(event: MessageEvent): void {
    if (!this.frame || event.source !== this.frame.contentWindow || event.origin !== new URL(this.frame.src).origin)
      return
    const message = event.data as { type?: unknown; height?: unknown; service?: unknown; counted?: unknown } | null
    if (message?.type === 'outcry:height' && typeof message.height === 'number' && message.height > 0) {
      this.frame.height = String(Math.max(first, Math.min(Math.ceil(message.height), highest)))
    } else if (message?.type === 'outcry:report') {
      this.dispatchEvent(
        new CustomEvent('outcry-report', {
          detail: { service: message.service, counted: message.counted === true },
          bubbles: true,
          composed: true,
        }),
      )
    }
  }
}
