// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { actionOf, ask, begin, details, reasonOf } from './admin'

const page = `
  <form id="admin-key"><input type="password"><button></button></form><p id="admin-said"></p>
  <div id="admin" hidden>
    <ul id="admin-live" data-none="None"></ul>
    <template id="admin-incident"><li><a data-f="link"><b data-f="name"></b></a><span data-f="details"></span>
      <button type="button" data-do="retract"></button><button type="button" data-do="confirm"></button></li></template>
    <ul id="admin-withheld" data-none="None"></ul>
    <template id="admin-reasons"><span data-reason="one_source">one network</span><span data-reason="echo">echo of {service}</span></template>
    <template id="admin-service"><li><a data-f="link"><b data-f="name"></b></a><span data-f="details"></span>
      <button type="button" data-do="mute"></button><button type="button" data-do="unmute"></button><button type="button" data-do="senders"></button></li></template>
    <section id="admin-loud" hidden><span data-f="service"></span><ul id="admin-senders" data-none="None" data-line="{reports} ({share}) of {networks}, {from} to {to}"></ul>
      <template id="admin-sender"><li><b data-f="name"></b><span data-f="details"></span><button type="button" data-do="exclude"></button></li></template></section>
    <ul id="admin-wishes" data-none="None" data-line="{n} times, last {last}"></ul>
    <template id="admin-wish"><li><b data-f="name"></b><span data-f="details"></span></li></template>
    <section id="admin-act"><form id="admin-form" data-waits="waits" data-applied="applied" data-refused="refused: {message}" data-failed="failed: {message}">
      <select data-f="action"><option value="note" data-takes="incident text">Note</option><option value="retract" data-takes="incident text">Retract</option>
        <option value="exclude" data-takes="service from to sender text">Exclude</option>
        <option value="declare" data-takes="service onset countries hours text">Declare</option></select>
      <label data-field="incident"><input data-f="incident"></label><label data-field="service"><input data-f="service"></label>
      <label data-field="from"><input data-f="from"></label><label data-field="to"><input data-f="to"></label>
      <label data-field="sender"><input data-f="sender"></label><label data-field="countries"><input data-f="countries"></label><label data-field="hours"><input data-f="hours"></label>
      <fieldset data-field="text"><input data-text="en"><input data-text="bn"></fieldset><button></button>
      <span id="admin-result"></span></form></section>
    <ul id="admin-audit" data-none="None"></ul>
    <template id="admin-entry"><li><b data-f="name"></b><span data-f="details"></span></li></template>
  </div>`

/** Answers of a server that knows one key. */
function serve(answers: Record<string, unknown>) {
  return vi.fn((url: string, init: RequestInit) => {
    const good = (init.headers as Record<string, string>).Authorization === 'Bearer good'
    const body = good ? answers[`${init.method} ${url.split('?')[0]}`] : { detail: 'the key is not known' }
    return Promise.resolve(new Response(JSON.stringify(body), { status: good ? 200 : 401 }))
  })
}

const entry = (state: string) => ({
  entry: {
    id: 7,
    at: '2022-10-25T07:50:00Z',
    key: { name: 'desk', prefix: 'outcry_admin_a' },
    action: { action: 'retract' },
    state,
    message: 'no',
  },
})
const world = {
  'GET /api/v1/incidents': {
    incidents: [
      {
        id: 'w-1',
        service: 'w',
        state: 'suspected',
        level: 'warning',
        onset: '2022-10-25T07:12:00Z',
        reports: 9,
        networks: 3,
      },
    ],
  },
  'GET /api/v1/admin/withheld': {
    services: [
      {
        service: 'w',
        name: 'W',
        status: {
          level: 'ok',
          observed: 90,
          expected: 2.4,
          networks: 1,
          echo_of: null,
          reason: { code: 'one_source' },
        },
      },
    ],
  },
  'GET /api/v1/admin/wishes': {
    wishes: [{ name: '<b>Campus Mail', count: 12, first: '2022-10-01T00:00:00Z', last: '2022-10-25T07:50:00Z' }],
  },
  'GET /api/v1/admin/audit': { entries: [entry('applied').entry] },
  'GET /api/v1/admin/senders': {
    service: 'w',
    senders: [
      {
        sender: '0a1b2c3',
        reports: 30,
        share: 0.75,
        networks: 2,
        first: '2022-10-25T07:00:00Z',
        last: '2022-10-25T07:29:00Z',
        countries: { IN: 4, BD: 26 },
        symptoms: { '': 1, login: 29 },
      },
    ],
  },
  'POST /api/v1/admin/actions': entry('waiting'),
  'GET /api/v1/admin/audit/7': entry('refused'),
}

const settle = () => vi.waitFor(() => expect(document.getElementById('admin')!.hidden).toBe(false))

/** Types a key and sends it. */
function open(key: string) {
  document.querySelector<HTMLInputElement>('#admin-key input')!.value = key
  document.getElementById('admin-key')!.dispatchEvent(new Event('submit', { cancelable: true }))
}

beforeEach(() => {
  document.body.innerHTML = page
  Element.prototype.scrollIntoView = () => undefined
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('the page of operators', () => {
  it('keeps the key in memory only, and sends it as a header', async () => {
    const fetched = serve(world)
    vi.stubGlobal('fetch', fetched)
    begin()
    open('good')
    await settle()
    expect(document.querySelector<HTMLInputElement>('#admin-key input')!.value).toBe('')
    expect(
      document.cookie +
        JSON.stringify({ ...localStorage, ...sessionStorage }) +
        location.href +
        document.body.innerHTML,
    ).not.toContain('good')
    for (const [url, init] of fetched.mock.calls) {
      expect(url).not.toContain('good')
      expect(init.credentials).toBe('omit')
    }
  })
  it('stays closed for a wrong key, and says why', async () => {
    vi.stubGlobal('fetch', serve(world))
    begin()
    open('bad')
    await vi.waitFor(() => expect(document.getElementById('admin-said')!.textContent).toBe('the key is not known'))
    expect(document.getElementById('admin')!.hidden).toBe(true)
  })
  it('shows what goes on, what is withheld and why, and the audit trail', async () => {
    vi.stubGlobal('fetch', serve(world))
    begin()
    open('good')
    await settle()
    expect(document.getElementById('admin-live')!.textContent).toContain(
      'warning · suspected · 2022-10-25 07:12 UTC · 9',
    )
    expect(document.getElementById('admin-withheld')!.textContent).toContain('ok · 90 / 2 · one network')
    expect(document.getElementById('admin-wishes')!.textContent).toBe('<b>Campus Mail12 times, last Oct 25, 2022')
    expect(document.getElementById('admin-audit')!.textContent).toContain('desk (outcry_admin_a…)')
  })
  it('writes numbers and dates of sentences in the digits of the page', async () => {
    vi.stubGlobal('fetch', serve(world))
    document.documentElement.lang = 'bn'
    begin()
    open('good')
    await settle()
    document.documentElement.lang = ''
    expect(document.getElementById('admin-wishes')!.textContent).toMatch(/^<b>Campus Mail১২ times, last ২৫ অক্টো.*২০২২$/)
  })
  it('prepares an action from its button, sends it and says what became of it', async () => {
    const fetched = serve(world)
    vi.stubGlobal('fetch', fetched)
    begin()
    open('good')
    await settle()
    document.querySelector<HTMLElement>('[data-do="retract"]')!.click()
    document.querySelector<HTMLInputElement>('[data-text="bn"]')!.value = ' ভুল '
    vi.useFakeTimers()
    document.getElementById('admin-form')!.dispatchEvent(new Event('submit', { cancelable: true }))
    await vi.advanceTimersByTimeAsync(1500)
    expect(JSON.parse(fetched.mock.calls.find(([, init]) => init.method === 'POST')![1].body as string)).toEqual({
      action: 'retract',
      incident: 'w-1',
      text: { bn: 'ভুল' },
    })
    expect(document.getElementById('admin-result')!.textContent).toBe('refused: no')
  })
  it('shows who sent most, and prepares to take that out of the counts', async () => {
    const fetched = serve(world)
    vi.stubGlobal('fetch', fetched)
    begin()
    open('good')
    await settle()
    document.querySelector<HTMLElement>('[data-do="senders"]')!.click()
    await vi.waitFor(() => expect(document.getElementById('admin-loud')!.hidden).toBe(false))
    expect(document.getElementById('admin-loud')!.textContent).toContain(
      '30 (75 %) of 2, 07:00 to 07:29 · BD 26, IN 4 · login 29, – 1',
    )
    document.querySelector<HTMLElement>('#admin-senders [data-do="exclude"]')!.click()
    expect(actionOf(document.getElementById('admin-form') as HTMLFormElement)).toEqual({
      action: 'exclude',
      service: 'w',
      from: '2022-10-25T07:00:00Z',
      to: '2022-10-25T07:30:00Z',
      sender: '0a1b2c3',
    })
  })
  it('sends only the fields of the kind of action', () => {
    const form = document.getElementById('admin-form') as HTMLFormElement
    form.querySelector('select')!.value = 'declare'
    form.querySelector<HTMLInputElement>('[data-f="incident"]')!.value = 'w-1'
    form.querySelector<HTMLInputElement>('[data-f="service"]')!.value = 'w'
    form.querySelector<HTMLInputElement>('[data-f="countries"]')!.value = 'bd, in'
    form.querySelector<HTMLInputElement>('[data-f="hours"]')!.value = '3'
    expect(actionOf(form)).toEqual({ action: 'declare', service: 'w', countries: ['BD', 'IN'], hours: 3 })
  })
})

it('has a word for every reason, or shows its code', () => {
  expect(reasonOf('one_source', null)).toBe('one network')
  expect(reasonOf('echo', 'facebook')).toBe('echo of facebook')
  expect(reasonOf('new_one', null)).toBe('new_one')
})

it('writes an action on one line', () => {
  expect(details({ action: 'mute', service: 'w', hours: 3, text: { en: 'a' } })).toBe('service w · hours 3 · en: a')
})

it('throws the words of the server', async () => {
  vi.stubGlobal('fetch', serve({}))
  await expect(ask('bad', '/admin/audit')).rejects.toThrow('the key is not known')
})
