// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { zoned } from './clock'
import { clean } from './live'
import { swap } from './swap'

function page(body: string): Document {
  return new DOMParser().parseFromString(`<title>${body.length}</title><body>${body}`, 'text/html')
}

describe('swap', () => {
  it('changes live parts and nothing else', () => {
    const old = page('<p id="reason">old</p><p id="fixed">old</p>')
    const fixed = old.getElementById('fixed')
    swap(old, page('<p id="reason">new</p><p id="fixed">new</p>'))
    expect(old.getElementById('reason')?.textContent).toBe('new')
    expect(old.getElementById('fixed')).toBe(fixed)
    expect(fixed?.textContent).toBe('old')
  })
  it('leaves a part alone that has not changed', () => {
    const old = page('<p id="reason">same</p>')
    const before = old.getElementById('reason')
    swap(old, page('<p id="reason">same</p>'))
    expect(old.getElementById('reason')).toBe(before)
  })
  it('keeps details open', () => {
    const old = page('<div id="course">1<details open></details><details></details></div>')
    swap(old, page('<div id="course">2<details></details><details></details></div>'))
    expect([...old.querySelectorAll('details')].map((d) => d.open)).toEqual([true, false])
  })
  it('matches details by their ID when one is missing', () => {
    const old = page('<div id="all">1<details id="more-a"></details><details id="more-b" open></details></div>')
    swap(old, page('<div id="all">2<details id="more-b"></details><details id="more-c"></details></div>'))
    expect([...old.querySelectorAll('details')].map((d) => d.open)).toEqual([true, false])
  })
  it('leaves a part that has the focus', () => {
    document.body.innerHTML = '<div id="course"><a href="#x">old</a></div>'
    document.querySelector('a')?.focus()
    swap(document, page('<div id="course"><a href="#x">new</a></div>'))
    expect(document.querySelector('a')?.textContent).toBe('old')
  })
})

describe('clean', () => {
  it('removes the answer to a press and keeps the choices', () => {
    expect(clean('?said=counted&symptom=app&at=1&scale=even')).toBe('?scale=even')
    expect(clean('?said=counted&at=1')).toBe('')
  })
})

describe('zoned', () => {
  it('asks for the zone of the visitor, once', () => {
    expect(zoned('?window=1h', 360)).toBe('?window=1h&zone=360')
    expect(zoned('?zone=60', -210)).toBe('?zone=-210')
  })

  it('asks for nothing where the time is that of UTC', () => {
    expect(zoned('?window=1h&zone=60', 0)).toBe('?window=1h')
    expect(zoned('', 0)).toBe('')
  })
})
