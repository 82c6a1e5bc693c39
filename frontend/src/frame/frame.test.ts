// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { every, Fresh } from './fresh'
import { stored } from '../device'
import { connected, guard, minVisible, sealed } from './report'

const main = (clock: string) =>
  `<main><time data-stale="last known ${clock}">as of ${clock}</time><details><summary>Table</summary></details></main>`

describe('a frame with a picture', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    document.body.innerHTML = main('07:50')
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })
  const clock = () => document.querySelector('time')?.textContent

  it('is refreshed and keeps its table open', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(`<body>${main('07:51')}</body>`)))
    const table = document.querySelector('details')
    if (table) table.open = true
    new Fresh(document).start()
    await vi.advanceTimersByTimeAsync(every)
    expect(clock()).toBe('as of 07:51')
    expect(document.querySelector('details')?.open).toBe(true)
  })
  it('shows its age when the server does not answer', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')))
    await new Fresh(document).refresh()
    expect(clock()).toBe('last known 07:50')
  })
})

describe('a frame with report buttons', () => {
  const form = (html: string): HTMLFormElement => {
    document.body.innerHTML = html
    return document.querySelector('form') as HTMLFormElement
  }
  const submit = (of: HTMLFormElement) => of.dispatchEvent(new Event('submit', { cancelable: true }))
  it('takes no press of buttons that have just appeared', () => {
    let now = 0
    const buttons = form('<form></form>')
    const hidden = vi.fn()
    guard(buttons, hidden, () => now)
    now = minVisible - 1
    expect(submit(buttons)).toBe(false)
    now = minVisible
    expect(submit(buttons)).toBe(true)
    const sent = new FormData(buttons)
    expect(sent.get('visible')).toBe('yes')
    expect(sent.get('device')).toBe(stored())
    expect(hidden).not.toHaveBeenCalled()
  })
  it('takes no press while something covers it', () => {
    let now = 0
    let see: (entries: object[]) => void = () => undefined
    let asked: object | undefined
    vi.stubGlobal(
      'IntersectionObserver',
      class {
        constructor(callback: (entries: object[]) => void, options: object) {
          see = callback
          asked = options
        }
        observe() {}
      },
    )
    const buttons = form('<form></form>')
    const hidden = vi.fn()
    guard(buttons, hidden, () => now)
    expect(asked).toMatchObject({ trackVisibility: true, delay: 100 })
    now = 10_000
    expect(submit(buttons)).toBe(false) // never seen
    see([{ isIntersecting: true, isVisible: false }])
    now = 20_000
    expect(submit(buttons)).toBe(false) // covered
    expect(hidden).toHaveBeenCalledTimes(2)
    see([{ isIntersecting: true, isVisible: true }])
    expect(submit(buttons)).toBe(false) // just uncovered, under the click
    now += minVisible
    expect(submit(buttons)).toBe(true)
    see([
      { isIntersecting: true, isVisible: true },
      { isIntersecting: false, isVisible: false },
    ])
    expect(submit(buttons)).toBe(false)
    see([{ isIntersecting: true }]) // a browser that knows only whether it is in view
    now += minVisible
    expect(submit(buttons)).toBe(true)
    expect(hidden).toHaveBeenCalledTimes(3)
    vi.unstubAllGlobals()
  })
  it('is replaced by words where it may not send', () => {
    const buttons = form('<form></form><p hidden></p>')
    const words = document.querySelector('p') as HTMLElement
    sealed(buttons, words, 'https://outcry.example')
    expect([buttons.hidden, words.hidden]).toEqual([false, true])
    sealed(buttons, words, 'null')
    expect([buttons.hidden, words.hidden]).toEqual([true, false])
  })
})

describe('a press in a frame without a connection', () => {
  it.each(['<p role="status">once</p>', ''])('is answered in the frame, and not sent', (status) => {
    document.body.innerHTML = `<form data-offline="**No connection.** Again"><button>Login</button>${status}</form>`
    const form = document.querySelector('form')!
    let online = false
    connected(form, () => online)
    const press = () => {
      const event = new Event('submit', { cancelable: true })
      form.dispatchEvent(event)
      return event.defaultPrevented
    }
    expect(press()).toBe(true)
    expect(press()).toBe(true)
    expect(form.querySelectorAll('[role=status]').length).toBe(1)
    expect(form.querySelector('.said[data-state=queued]')?.textContent).toBe('No connection. Again')
    online = true
    expect(press()).toBe(false)
  })
})
