import { describe, expect, it } from 'vitest'
import { outcomeOf } from './report'

const words = {
  saidFirst: 'first {symptom}',
  saidOne: 'one {symptom} {n}',
  saidOther: 'other {symptom} {n}',
  saidRepeat: 'repeat',
  saidLimited: 'limited',
  saidWorks: 'works',
  saidBack: 'back',
  saidRetry: 'retry {n}',
  saidOffline: 'offline',
}

describe('outcomeOf', () => {
  const counted = { status: 202, became: 'counted' }
  it.each([
    [0, 'first login'],
    [1, 'one login 1'],
    [1239, 'other login 1,240'],
  ])('counts a report among %i others', (others, message) => {
    expect(outcomeOf(counted, words, 'Login', '', others, 'en')).toEqual({ message, counts: true })
  })
  it('writes numbers in the language of the page', () => {
    expect(outcomeOf(counted, words, 'লগ-ইন', '', 42, 'bn').message).toBe('other লগ-ইন ৪২')
  })
  it('explains a repeat', () => {
    expect(outcomeOf({ status: 202, became: 'repeat' }, words, 'Login', '', 5, 'en')).toEqual({
      message: 'repeat',
      counts: true,
    })
  })
  it('explains that enough devices of the network were counted', () => {
    expect(outcomeOf({ status: 202, became: 'limited' }, words, 'Login', '', 5, 'en')).toEqual({
      message: 'limited',
      counts: false,
    })
  })
  it('explains that of a recovery too', () => {
    expect(outcomeOf({ status: 202, became: 'limited' }, words, 'It is back', 'back', 5, 'en')).toEqual({
      message: 'limited',
      counts: false,
    })
  })
  it('thanks for a recovery, counted or not', () => {
    expect(outcomeOf(counted, words, 'It is back', 'back', 5, 'en').message).toBe('back')
    expect(outcomeOf({ status: 202, became: 'repeat' }, words, 'Works for me', 'works', 5, 'en').message).toBe('works')
  })
  it('names the time to wait', () => {
    expect(outcomeOf({ status: 429, retryAfter: 20 }, words, 'Login', '', 5, 'en')).toEqual({
      message: 'retry 20',
      counts: false,
    })
    expect(outcomeOf({ status: 503, retryAfter: NaN }, words, 'Login', '', 5, 'en').message).toBe('retry 10')
  })
  it('reports a missing connection', () => {
    expect(outcomeOf({ status: 0 }, words, 'Login', '', 5, 'en')).toEqual({ message: 'offline', counts: false })
  })
})
