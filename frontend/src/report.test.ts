import { describe, expect, it } from 'vitest'
import { say } from './report'

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

describe('say', () => {
  const counted = { status: 202, became: 'counted' }
  it.each([
    [0, 'first login'],
    [1, 'one login 1'],
    [1239, 'other login 1,240'],
  ])('counts a report among %i others', (others, message) => {
    expect(say(counted, words, 'Login', '', others, 'en')).toEqual({ message, counts: true })
  })
  it('writes numbers in the language of the page', () => {
    expect(say(counted, words, 'লগ-ইন', '', 42, 'bn').message).toBe('other লগ-ইন ৪২')
  })
  it('is kind to a repeat', () => {
    expect(say({ status: 202, became: 'repeat' }, words, 'Login', '', 5, 'en')).toEqual({
      message: 'repeat',
      counts: true,
    })
  })
  it('says when enough devices at the address were counted', () => {
    expect(say({ status: 202, became: 'limited' }, words, 'Login', '', 5, 'en')).toEqual({
      message: 'limited',
      counts: false,
    })
  })
  it('thanks for a recovery, counted or not', () => {
    expect(say(counted, words, 'It is back', 'back', 5, 'en').message).toBe('back')
    expect(say({ status: 202, became: 'repeat' }, words, 'Works for me', 'works', 5, 'en').message).toBe('works')
  })
  it('says when to try again', () => {
    expect(say({ status: 429, retryAfter: 20 }, words, 'Login', '', 5, 'en')).toEqual({
      message: 'retry 20',
      counts: false,
    })
    expect(say({ status: 503, retryAfter: NaN }, words, 'Login', '', 5, 'en').message).toBe('retry 10')
  })
  it('says that there is no connection', () => {
    expect(say({ status: 0 }, words, 'Login', '', 5, 'en')).toEqual({ message: 'offline', counts: false })
  })
})
