// @vitest-environment jsdom
import { afterEach, describe, expect, it } from 'vitest'
import { Report } from './report'

customElements.define('outcry-report', Report)

afterEach(() => document.body.replaceChildren())

function put(): { element: HTMLElement; frame: HTMLIFrameElement } {
  document.body.innerHTML =
    '<outcry-report service="whatsapp" language="bn" theme="dark" origin="https://outcry.example"></outcry-report>'
  const element = document.body.firstElementChild as HTMLElement
  return { element, frame: element.shadowRoot?.querySelector('iframe') as HTMLIFrameElement }
}

const post = (data: unknown, origin: string, source: Window | null) =>
  window.dispatchEvent(new MessageEvent('message', { data, origin, source }))

describe('the report buttons', () => {
  it('are a page of the server in a frame', () => {
    expect(put().frame.src).toBe('https://outcry.example/embed/report/whatsapp?lang=bn&theme=dark')
  })
  it('ask nobody and say what they lack when their server is not known', () => {
    document.body.innerHTML = '<outcry-report service="whatsapp"></outcry-report>'
    const element = document.body.firstElementChild as HTMLElement
    expect(element.shadowRoot?.querySelector('iframe')).toBeNull()
    expect(element.shadowRoot?.querySelector('[part=hint]')?.textContent).toMatch(/^<outcry-report> does not know/)
    element.setAttribute('origin', 'https://outcry.example')
    expect(element.shadowRoot?.querySelector('[part=hint]')).toBeNull()
    expect(element.shadowRoot?.querySelector('iframe')).not.toBeNull()
  })
  it('ignore messages of other windows', () => {
    const { element, frame } = put()
    const events: unknown[] = []
    element.addEventListener('outcry-report', (event) => events.push((event as CustomEvent).detail))
    post({ type: 'outcry:height', height: 512.4 }, 'https://outcry.example', frame.contentWindow)
    expect(frame.height).toBe('513')
    for (const message of [
      { type: 'outcry:height', height: 9e9 },
      { type: 'outcry:height', height: 'x' },
      null,
      'text',
    ])
      post(message, 'https://outcry.example', frame.contentWindow)
    expect(frame.height).toBe('1200')
    post({ type: 'outcry:height', height: 600 }, 'https://evil.example', frame.contentWindow)
    post({ type: 'outcry:height', height: 600 }, 'https://outcry.example', window)
    expect(frame.height).toBe('1200')
    post({ type: 'outcry:report', service: 'whatsapp', counted: true }, 'https://outcry.example', frame.contentWindow)
    expect(events).toEqual([{ service: 'whatsapp', counted: true }])
  })
  it('ignore messages and drop the frame once they are removed', () => {
    const { element, frame } = put()
    const { contentWindow } = frame
    element.remove()
    post({ type: 'outcry:height', height: 700 }, 'https://outcry.example', contentWindow)
    expect(frame.height).not.toBe('700')
    expect(element.shadowRoot?.querySelector('iframe')).toBeNull()
  })
})
