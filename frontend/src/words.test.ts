// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { fill, inline, number, round, write } from './words'

describe('fill', () => {
  it('replaces placeholders with values', () => {
    expect(fill('**Counted: {symptom}.** You and {n} others.', { symptom: 'messaging', n: '1,240' })).toBe(
      '**Counted: messaging.** You and 1,240 others.',
    )
  })
  it('keeps placeholders without a value', () => {
    expect(fill('{n} {x}', { n: '1' })).toBe('1 {x}')
  })
})

describe('write', () => {
  it('makes text between ** marks bold and escapes markup', () => {
    const target = document.createElement('p')
    write(target, '**<img src=x>** & more')
    expect(target.innerHTML).toBe('<b>&lt;img src=x&gt;</b> &amp; more')
  })
})

describe('numbers', () => {
  it('rounds from 1,000 up to three significant digits', () => {
    expect([999, 1240, 236_900].map(round)).toEqual([999, 1240, 237_000])
  })
  it('uses the digits and the grouping of the language', () => {
    expect(number(237_000, 'bn')).toBe('২,৩৭,০০০')
    expect(number(237_000, 'en')).toBe('237,000')
  })
})

describe('inline', () => {
  it('makes the first letter lower case in English only, and not in acronyms', () => {
    expect(inline('Messaging', 'en')).toBe('messaging')
    expect(inline('SMS', 'en')).toBe('SMS')
    expect(inline('বার্তা', 'bn')).toBe('বার্তা')
  })
})
