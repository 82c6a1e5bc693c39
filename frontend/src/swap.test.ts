// @vitest-environment jsdom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { local, localise } from './clock'
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

describe('localise', () => {
  afterEach(() => void vi.restoreAllMocks())
  /** Two times of a verdict, as a visitor sees them whose zone is so many minutes behind UTC. */
  const localised = (behind: number) => {
    vi.spyOn(Date.prototype, 'getTimezoneOffset').mockReturnValue(behind)
    const doc = page(
      '<p class="verdict"><span class="when"><time data-clock datetime="2022-10-25T07:50Z">07:50 UTC</time><time datetime="2022-10-20T07:50Z">20 October</time></span></p>',
    )
    localise(doc, 'en')
    return [...doc.querySelectorAll('time')]
  }
  it('writes the time of another zone with the zone', () => {
    expect(local(new Date('2022-10-25T07:50Z'), 'en', 'Asia/Dhaka')).toBe('13:50 GMT+6')
    expect(local(new Date('2022-10-25T07:50Z'), 'bn', 'Asia/Dhaka')).toMatch(/^১৩:৫০/)
  })
  it('changes times of day and leaves dates', () => {
    const [clock, date] = localised(-360)
    expect(clock?.title).toBe('07:50 UTC')
    expect(clock?.textContent).toMatch(/^\d\d:\d\d /)
    expect(date?.textContent).toBe('20 October')
  })
  it('changes nothing in a zone with the time of UTC', () => {
    const [clock] = localised(0)
    expect(clock?.textContent).toBe('07:50 UTC')
    expect(clock?.title).toBe('')
  })
})
