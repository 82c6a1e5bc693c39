// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Live } from './live'

/** A stream of events whose events the tests make. */
class Stream extends EventTarget {
  static last: Stream
  closed = false
  constructor(readonly url: string) {
    super()
    Stream.last = this
  }
  close(): void {
    this.closed = true
  }
}

const fetched = vi.fn(() => Promise.resolve(new Response('<title>x</title>')))

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', Stream)
  vi.stubGlobal('fetch', fetched)
  fetched.mockClear()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

// This test comes first: the objects of the other tests listen to the document too.
it('stops while the page is hidden', async () => {
  new Live('/events').start()
  const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
  document.dispatchEvent(new Event('visibilitychange'))
  expect(Stream.last.closed).toBe(true)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(fetched).not.toHaveBeenCalled()
  hidden.mockReturnValue(false)
  document.dispatchEvent(new Event('visibilitychange'))
  expect(fetched).toHaveBeenCalledTimes(1)
  hidden.mockRestore()
})

it('fetches within seconds of an event', () => {
  new Live('/events').start()
  vi.advanceTimersByTime(6_000)
  expect(fetched).not.toHaveBeenCalled()
  Stream.last.dispatchEvent(new Event('counts'))
  vi.advanceTimersByTime(2_000)
  expect(fetched).toHaveBeenCalledTimes(1)
})

it('fetches at intervals while events come in a row', async () => {
  new Live('/events').start()
  for (let i = 0; i < 120; i++) {
    Stream.last.dispatchEvent(new Event('counts'))
    await vi.advanceTimersByTimeAsync(250)
  }
  expect(fetched.mock.calls.length).toBeGreaterThanOrEqual(4) // in 30 seconds
  expect(fetched.mock.calls.length).toBeLessThanOrEqual(6)
})

it('fetches without events too', async () => {
  new Live('/events').start()
  await vi.advanceTimersByTimeAsync(46_000)
  expect(fetched).toHaveBeenCalledTimes(3)
})
