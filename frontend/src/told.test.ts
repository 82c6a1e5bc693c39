// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest'
import { current, remember, remembered } from './told'

const now = Date.UTC(2026, 2, 4)
const over = { token: 'a', when: 'over' as const, incident: 'whatsapp-1', expires: now + 1000 }
const breaks = { token: 'b', when: 'breaks' as const, incident: '', expires: now + 1000 }

describe('what a browser remembers of its subscriptions', () => {
  beforeEach(() => localStorage.clear())

  it('is one for each service, until it ends', () => {
    remember(now, 'whatsapp', over)
    remember(now, 'signal', breaks)
    expect(remembered(now)).toEqual({ whatsapp: over, signal: breaks })
    expect(remembered(now + 1000)).toEqual({})
    remember(now, 'whatsapp', undefined)
    expect(remembered(now)).toEqual({ signal: breaks })
  })

  it('does not take the wish for the end of one incident for that of the next', () => {
    remember(now, 'whatsapp', over)
    remember(now, 'signal', breaks)
    expect(current(now, 'whatsapp', 'whatsapp-1')).toEqual(over)
    expect(current(now, 'whatsapp', '')).toBeUndefined()
    expect(current(now, 'whatsapp', 'whatsapp-2')).toBeUndefined()
    expect(current(now, 'signal', 'signal-1')).toEqual(breaks)
  })

  it('is nothing where the storage holds something else', () => {
    localStorage.setItem('outcry-told', 'no JSON')
    expect(remembered(now)).toEqual({})
  })
})
