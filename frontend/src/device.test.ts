// @vitest-environment jsdom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { carry, device, stored } from './device'

afterEach(() => {
  vi.unstubAllGlobals()
  sessionStorage.clear()
})

describe('the device of a tab', () => {
  it('is random, and the same until the tab is closed', () => {
    const first = device()
    expect(first).toMatch(/^[0-9a-f]{32}$/)
    expect(device()).toBe(first)
    sessionStorage.clear() // as a new tab begins
    expect(device()).not.toBe(first)
  })
  it('lasts as long as the page where nothing may be stored', () => {
    vi.stubGlobal('sessionStorage', {
      getItem: () => {
        throw new DOMException('not allowed', 'SecurityError')
      },
    })
    expect(stored()).toBeUndefined()
    expect(device()).toBe(device())
  })
  it('goes with a form, in place of the one that the server wrote', () => {
    const form = document.createElement('form')
    carry(form, 'device', 'one')
    carry(form, 'device', 'two')
    expect(new FormData(form).getAll('device')).toEqual(['two'])
  })
})
