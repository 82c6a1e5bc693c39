// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Chart } from './chart'
import { Heatmap } from './heatmap'
import { every } from './picture'
import type { View } from './view'

customElements.define('outcry-heatmap', Heatmap)
customElements.define('outcry-chart', Chart)

const view: View = {
  service: 'whatsapp',
  name: 'WhatsApp',
  lang: 'bn',
  dir: 'ltr',
  href: 'https://outcry.example/bn/whatsapp',
  level: 'outage',
  word: 'বিভ্রাট',
  since: '০৬:৫৫ থেকে',
  as_of: '2022-10-25T07:50Z',
  as_of_text: '০৭:৫০-এর হিসাব',
  stale_text: 'শেষ জানা ০৭:৫০',
  total: 236_900,
  sentence: '<img src=x onerror=alert(1)>',
  link: 'সারণি',
  notes: ['<b>simulated</b>'],
  map: {
    label: 'মানচিত্র',
    title: 'দেশ',
    shades: { GB: 5, SG: 4, FR: -1 },
    texts: [{ x: '48%', y: '20%', anchor: 'end', text: 'যুক্তরাজ্য ৬৮,০০০' }],
    ramp: ['৫–৯৯', '১০০+', '১,০০০+', '৫,০০০+', '২০,০০০+'],
    few: 'কম',
    none: 'নেই',
    small: 'ছোট',
  },
  chart: {
    title: 'উপরে',
    note: '',
    label: 'লেখচিত্র',
    lines: [{ at: '20%', text: '১০০' }],
    times: [{ at: '50%', text: '০৬:০০' }],
    band: 'M0 0z',
    count: 'M0 0',
    over: '',
    gaps: [{ x: '1%', width: '2%' }],
    strips: [],
    keys: [
      { kind: 'count', text: 'অভিযোগ' },
      { kind: 'gap', text: 'ফাঁক' },
    ],
  },
  table: { summary: 'সারণি', caption: 'দেশ', head: ['দেশ', 'অভিযোগ'], rows: [['যুক্তরাজ্য', '৬৮,০০০']] },
}

let asked: { url: string; init: RequestInit }[]
let answer: () => Promise<Response>

beforeEach(() => {
  vi.useFakeTimers()
  asked = []
  answer = () => Promise.resolve(new Response(JSON.stringify(view)))
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    asked.push({ url, init })
    return answer()
  })
})

afterEach(() => {
  document.body.replaceChildren()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Puts an element on the page and waits until it has been answered. */
/** Puts an element on the page. Without an attribute for its server it gets one, because here no script names it. */
async function put(markup: string): Promise<HTMLElement & { shadowRoot: ShadowRoot }> {
  document.body.innerHTML = markup.replace(/<outcry-\w+(?![^>]* origin=)/, '$& origin="https://outcry.example"')
  await vi.advanceTimersByTimeAsync(0)
  return document.body.firstElementChild as HTMLElement & { shadowRoot: ShadowRoot }
}

const time = (element: HTMLElement & { shadowRoot: ShadowRoot }) =>
  element.shadowRoot.querySelector('time')?.textContent

describe('a picture', () => {
  it('requests its service from its server, in its language, without credentials', async () => {
    await put(
      '<outcry-heatmap service="what/app" window="1h" metric="usual" country="GB" language="bn" origin="https://outcry.example"></outcry-heatmap>',
    )
    expect(asked.map(({ url }) => url)).toEqual([
      'https://outcry.example/widget/v1/heatmap/what%2Fapp?lang=bn&window=1h&metric=usual&country=GB',
    ])
    expect(asked[0]?.init.credentials).toBe('omit')
  })
  it('uses the language of the host page', async () => {
    await put('<div lang="de"><outcry-chart service="x"></outcry-chart></div>')
    expect(asked[0]?.url).toContain('/widget/v1/chart/x?lang=de')
  })
  it('asks nobody and says what it lacks when its server is not known', async () => {
    const { shadowRoot } = await put(
      '<outcry-heatmap service="whatsapp" origin=""><a href="/">instead</a></outcry-heatmap>',
    )
    expect(asked).toEqual([])
    expect(shadowRoot.querySelector('slot')).not.toBeNull()
    expect(shadowRoot.querySelector('[part=hint]')?.textContent).toMatch(/^<outcry-heatmap> does not know its server/)
  })
  it('shows its content until there are numbers', async () => {
    let give: (response: Response) => void = () => undefined
    answer = () => new Promise((resolve) => (give = resolve))
    const element = await put('<outcry-heatmap service="whatsapp"><a href="/">instead</a></outcry-heatmap>')
    expect(element.shadowRoot.querySelector('slot')).not.toBeNull()
    give(new Response(JSON.stringify(view)))
    await vi.advanceTimersByTimeAsync(0)
    expect(element.shadowRoot.querySelector('slot')).toBeNull()
    expect(time(element)).toBe('০৭:৫০-এর হিসাব')
  })
  it('escapes markup', async () => {
    const element = await put('<outcry-heatmap service="whatsapp" title="<i>own</i>"></outcry-heatmap>')
    expect(element.shadowRoot.querySelector('img, b, i')).toBeNull()
    expect(element.shadowRoot.querySelector('[part=sentence]')?.textContent?.trim()).toBe(
      '<img src=x onerror=alert(1)>',
    )
    expect(element.shadowRoot.querySelector('[part=title]')?.textContent).toBe('<i>own</i>: বিভ্রাট')
  })
  it('refreshes, and keeps the last picture with its age when the server does not answer', async () => {
    const heard: string[] = []
    document.body.addEventListener('outcry-update', () => heard.push('update'))
    document.body.addEventListener('outcry-stale', () => heard.push('stale'))
    const element = await put('<outcry-heatmap service="whatsapp"></outcry-heatmap>')
    answer = () => Promise.reject(new TypeError('no network'))
    await vi.advanceTimersByTimeAsync(every)
    expect(asked).toHaveLength(2)
    expect(time(element)).toBe('শেষ জানা ০৭:৫০')
    expect(element.shadowRoot.querySelectorAll('.a5')).not.toHaveLength(0)
    await vi.advanceTimersByTimeAsync(every)
    expect(asked, 'it asks less often while nobody answers').toHaveLength(2)
    answer = () => Promise.resolve(new Response(JSON.stringify(view)))
    await vi.advanceTimersByTimeAsync(every)
    expect(time(element)).toBe('০৭:৫০-এর হিসাব')
    expect(heard).toEqual(['update', 'stale', 'update'])
  })
  it.each([
    ['a fault', () => Promise.resolve(new Response('', { status: 503 }))],
    ['nonsense', () => Promise.resolve(new Response('<html>'))],
    ['another shape', () => Promise.resolve(new Response('{"map":{}}'))],
  ])('shows what is in it after %s', async (_, what) => {
    answer = what
    const element = await put('<outcry-heatmap service="whatsapp"><a href="/">instead</a></outcry-heatmap>')
    expect(element.shadowRoot.querySelector('slot')).not.toBeNull()
  })
  it('stops when it is removed and starts again when it is back', async () => {
    let signal: AbortSignal | null | undefined
    const element = await put('<outcry-heatmap service="whatsapp"></outcry-heatmap>')
    answer = () => new Promise(() => (signal = asked[asked.length - 1]?.init.signal))
    await vi.advanceTimersByTimeAsync(every)
    element.remove()
    expect(signal?.aborted).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
    document.dispatchEvent(new Event('visibilitychange'))
    await vi.advanceTimersByTimeAsync(10 * every)
    expect(asked).toHaveLength(2)
    document.body.append(element)
    await vi.advanceTimersByTimeAsync(0)
    expect(asked).toHaveLength(3)
  })
  it('stops while the page is hidden', async () => {
    await put('<outcry-heatmap service="whatsapp"></outcry-heatmap>')
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
    document.dispatchEvent(new Event('visibilitychange'))
    await vi.advanceTimersByTimeAsync(10 * every)
    expect(asked).toHaveLength(1)
    hidden.mockReturnValue(false)
    document.dispatchEvent(new Event('visibilitychange'))
    await vi.advanceTimersByTimeAsync(0)
    expect(asked).toHaveLength(2)
    hidden.mockRestore()
  })
  it('requests again when its service changes, not when its theme changes', async () => {
    const element = await put('<outcry-heatmap service="whatsapp"></outcry-heatmap>')
    element.setAttribute('theme', 'dark')
    await vi.advanceTimersByTimeAsync(0)
    expect(asked).toHaveLength(1)
    expect(element.shadowRoot.querySelector<HTMLElement>('.box')?.dataset.theme).toBe('dark')
    element.setAttribute('service', 'signal')
    await vi.advanceTimersByTimeAsync(0)
    expect(asked[asked.length - 1]?.url).toContain('/heatmap/signal?')
  })
  it('keeps an open table open', async () => {
    const element = await put('<outcry-heatmap service="whatsapp"></outcry-heatmap>')
    const table = element.shadowRoot.querySelector('details')
    if (table) table.open = true
    await vi.advanceTimersByTimeAsync(every)
    expect(asked).toHaveLength(2)
    expect(element.shadowRoot.querySelector('details')?.open).toBe(true)
  })
})

describe('the map', () => {
  it('shades countries, draws small ones as dots, hatches those with too few, and has a table', async () => {
    const { shadowRoot } = await put('<outcry-heatmap service="whatsapp"></outcry-heatmap>')
    expect(shadowRoot.querySelectorAll('.map path.a5')).toHaveLength(1)
    expect(shadowRoot.querySelectorAll('.map circle.a4')).toHaveLength(1)
    expect(shadowRoot.querySelectorAll('.map path.few')).toHaveLength(1)
    expect(shadowRoot.querySelector('.map')?.getAttribute('aria-label')).toBe('মানচিত্র')
    expect([...shadowRoot.querySelectorAll('tbody tr')].map((row) => row.textContent)).toEqual(['যুক্তরাজ্য৬৮,০০০'])
    expect(shadowRoot.querySelector<HTMLElement>('.box')?.lang).toBe('bn')
  })
})

describe('the chart', () => {
  it('draws the course, its gaps and its key', async () => {
    const { shadowRoot } = await put('<outcry-chart service="whatsapp"></outcry-chart>')
    expect(shadowRoot.querySelectorAll('.chart > rect.gap')).toHaveLength(1)
    expect(shadowRoot.querySelector('path.count')?.getAttribute('d')).toBe('M0 0')
    expect(shadowRoot.querySelector('path.over')).toBeNull()
    expect([...shadowRoot.querySelectorAll('.key li')].map((li) => li.textContent)).toEqual(['অভিযোগ', 'ফাঁক'])
  })
})
