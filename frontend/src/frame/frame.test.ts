// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { every, Fresh } from './fresh'
import { guard, sealed } from './report'

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
  it('takes no answer to a question that has just appeared', () => {
    let now = 0
    const ask = form('<form class="ask"></form>')
    guard(ask, () => now)
    const submit = () => ask.dispatchEvent(new Event('submit', { cancelable: true }))
    now = 500
    expect(submit()).toBe(false)
    now = 700
    expect(submit()).toBe(true)
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
