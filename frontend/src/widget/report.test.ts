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

const say = (data: unknown, origin: string, source: Window | null) =>
  window.dispatchEvent(new MessageEvent('message', { data, origin, source }))

describe('the report buttons', () => {
  it('are a page of the server in a frame', () => {
    expect(put().frame.src).toBe('https://outcry.example/embed/report/whatsapp?lang=bn&theme=dark')
  })
  it('hear their own frame only', () => {
    const { element, frame } = put()
    const heard: unknown[] = []
    element.addEventListener('outcry-report', (event) => heard.push((event as CustomEvent).detail))
    say({ type: 'outcry:height', height: 512.4 }, 'https://outcry.example', frame.contentWindow)
    expect(frame.height).toBe('513')
    for (const message of [
      { type: 'outcry:height', height: 9e9 },
      { type: 'outcry:height', height: 'x' },
      null,
      'text',
    ])
      say(message, 'https://outcry.example', frame.contentWindow)
    expect(frame.height).toBe('1200')
    say({ type: 'outcry:height', height: 600 }, 'https://evil.example', frame.contentWindow)
    say({ type: 'outcry:height', height: 600 }, 'https://outcry.example', window)
    expect(frame.height).toBe('1200')
    say({ type: 'outcry:report', service: 'whatsapp', counted: true }, 'https://outcry.example', frame.contentWindow)
    expect(heard).toEqual([{ service: 'whatsapp', counted: true }])
  })
  it('hear nothing and hold nothing once they are removed', () => {
    const { element, frame } = put()
    const { contentWindow } = frame
    element.remove()
    say({ type: 'outcry:height', height: 700 }, 'https://outcry.example', contentWindow)
    expect(frame.height).not.toBe('700')
    expect(element.shadowRoot?.querySelector('iframe')).toBeNull()
  })
})
