// The script of the page of operators. The key that is typed stays in a variable of
// this tab: in no cookie, no storage and no address.
import { api } from './site'
import { digits, fill, number } from './words'

const pause = 1000 // milliseconds between two looks at an action
const patience = 60 // looks

interface Entry {
  id: number
  at: string
  key: { name: string; prefix: string }
  action: Record<string, unknown> & { action: string }
  state: string
  message?: string
}
interface Incident {
  id: string
  service: string
  state: string
  level: string
  onset: string
  reports: number
  networks: number
}
interface Service {
  service: string
  name: string
  status: {
    level: string
    observed: number
    expected: number
    networks: number
    echo_of: string | null
    reason: { code: string }
  }
}

interface Wish {
  name: string
  count: number
  last: string
}

interface SenderList {
  service: string
  from: string
  to: string
  senders: {
    sender: string
    reports: number
    share: number
    networks: number
    first: string
    last: string
    countries: Record<string, number>
    symptoms: Record<string, number>
  }[]
}

/** Asks the API with a key. The error of an answer with a problem has the server's words. */
export async function ask<T>(key: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(api + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { Authorization: 'Bearer ' + key, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
    cache: 'no-store',
    credentials: 'omit',
  })
  const answer = (await response.json()) as T & { detail?: string; title?: string }
  if (!response.ok) throw new Error(answer.detail ?? answer.title ?? String(response.status))
  return answer
}

/** Writes rows into a list, each made of a template. */
function list(
  id: string,
  template: string,
  rows: ((part: (name: string) => HTMLElement, row: HTMLElement) => void)[],
): void {
  const target = document.getElementById(id)!
  if (rows.length === 0) {
    target.textContent = target.dataset.none ?? ''
    return
  }
  const source = document.getElementById(template) as HTMLTemplateElement
  target.replaceChildren(
    ...rows.map((write) => {
      const row = source.content.firstElementChild!.cloneNode(true) as HTMLElement
      write((name) => row.querySelector<HTMLElement>(`[data-f="${name}"]`)!, row)
      return row
    }),
  )
}

/** Returns the time of an answer, to the minute. */
const minute = (time: string) => time.slice(0, 16).replace('T', ' ') + ' UTC'

/** Returns a number in the digits of the page's language. */
const written = (n: number) => number(n, document.documentElement.lang || 'en')

/** Returns the time of an answer for a sentence in the page's language, in UTC. */
function moment(time: string, form: Intl.DateTimeFormatOptions): string {
  const language = digits(document.documentElement.lang || 'en')
  return new Intl.DateTimeFormat(language, { timeZone: 'UTC', ...form }).format(Date.parse(time))
}

/** Returns why a service is withheld, in the words of the page. */
export function reasonOf(code: string, echoOf: string | null): string {
  const words = (document.getElementById('admin-reasons') as HTMLTemplateElement).content
  return fill(words.querySelector(`[data-reason="${code}"]`)?.textContent ?? code, { service: echoOf ?? '' })
}

/** Returns what an action says beside its kind, on one line. */
export function details(action: Record<string, unknown>): string {
  return Object.entries(action)
    .filter(([name]) => name !== 'action')
    .map(([name, value]) =>
      name === 'text'
        ? Object.entries(value as Record<string, string>)
            .map(([code, text]) => `${code}: ${text}`)
            .join(' · ')
        : `${name} ${String(value)}`,
    )
    .join(' · ')
}

/** Returns the action in a form: the fields that its kind takes and that are not empty. */
export function actionOf(form: HTMLFormElement): Record<string, unknown> {
  const kind = form.querySelector<HTMLSelectElement>('[data-f="action"]')!
  const takes = (kind.selectedOptions[0]?.dataset.takes ?? '').split(' ')
  const action: Record<string, unknown> = { action: kind.value }
  for (const input of form.querySelectorAll<HTMLInputElement>('input[data-f]')) {
    const name = input.dataset.f!
    const value = input.value.trim()
    if (!takes.includes(name) || value === '') continue
    if (name === 'hours' || name === 'exclusion') action[name] = Number(value)
    else if (name === 'countries') action[name] = value.toUpperCase().split(/[\s,]+/)
    else action[name] = value
  }
  const text: Record<string, string> = {}
  for (const input of form.querySelectorAll<HTMLInputElement>('input[data-text]')) {
    if (input.value.trim() !== '') text[input.dataset.text!] = input.value.trim()
  }
  if (Object.keys(text).length > 0) action.text = text
  return action
}

/** Shows the fields that the chosen kind of action takes. */
function showFields(form: HTMLFormElement): void {
  const kind = form.querySelector<HTMLSelectElement>('[data-f="action"]')!
  const takes = (kind.selectedOptions[0]?.dataset.takes ?? '').split(' ')
  for (const field of form.querySelectorAll<HTMLElement>('[data-field]'))
    field.hidden = !takes.includes(field.dataset.field!)
}

/** Fills the form for an action with the values of some fields, and goes there. */
function prepare(form: HTMLFormElement, kind: string, values: Record<string, string>): void {
  form.querySelector<HTMLSelectElement>('[data-f="action"]')!.value = kind
  for (const [field, value] of Object.entries(values))
    form.querySelector<HTMLInputElement>(`[data-f="${field}"]`)!.value = value
  showFields(form)
  document.getElementById('admin-act')!.scrollIntoView()
  form.querySelector<HTMLElement>('[data-field]:not([hidden]) input')!.focus()
}

/** Returns the parts of a split, largest first: "BD 12, IN 3". */
export const parts = (split: Record<string, number>): string =>
  Object.entries(split)
    .sort((a, b) => b[1] - a[1])
    .map(([id, n]) => `${id || '–'} ${n}`)
    .join(', ')

/** Shows who sent most reports of a service in the last hour. */
async function showSenders(key: string, form: HTMLFormElement, service: string): Promise<void> {
  const found = await ask<SenderList>(key, `/admin/senders?service=${encodeURIComponent(service)}`)
  const section = document.getElementById('admin-loud')!
  section.querySelector('[data-f="service"]')!.textContent = service
  section.hidden = false
  const words = document.getElementById('admin-senders')!.dataset.line ?? ''
  list(
    'admin-senders',
    'admin-sender',
    found.senders.map((one) => (part, row) => {
      const { sender, reports, networks, countries, symptoms } = one
      const share = `${written(Math.round(100 * one.share))} %`
      const [from, to] = [one.first, one.last].map((time) =>
        moment(time, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
      )
      part('name').textContent = sender
      part('details').textContent = [
        fill(words, { reports: written(reports), share, networks: written(networks), from: from!, to: to! }),
        parts(countries),
        parts(symptoms),
      ].join(' · ')
      const until = new Date(Date.parse(one.last) + 60_000).toISOString().slice(0, 19) + 'Z'
      row
        .querySelector('[data-do]')!
        .addEventListener('click', () => prepare(form, 'exclude', { service, sender, from: one.first, to: until }))
    }),
  )
  section.scrollIntoView()
}

/** Reads and shows everything that the page shows. */
async function show(key: string, form: HTMLFormElement): Promise<void> {
  const [live, withheld, wishes, audit] = await Promise.all([
    ask<{ incidents: Incident[] }>(key, '/incidents?state=suspected,confirmed,recovering&limit=100'),
    ask<{ services: Service[] }>(key, '/admin/withheld'),
    ask<{ wishes: Wish[] }>(key, '/admin/wishes'),
    ask<{ entries: Entry[] }>(key, '/admin/audit?limit=25'),
  ])
  const buttons = (row: HTMLElement, service: string, values: Record<string, string>) => {
    for (const button of row.querySelectorAll<HTMLElement>('[data-do]'))
      button.addEventListener('click', () => {
        if (button.dataset.do === 'senders')
          showSenders(key, form, service).catch((error: Error) => {
            document.getElementById('admin-result')!.textContent = error.message
          })
        else prepare(form, button.dataset.do!, values)
      })
  }
  const prefix = location.pathname.replace(/\/admin\/?$/, '')
  list(
    'admin-live',
    'admin-incident',
    live.incidents.map((one) => (part, row) => {
      part('name').textContent = one.id
      ;(part('link') as HTMLAnchorElement).href = `${prefix}/incidents/${one.id}`
      part('details').textContent = [one.level, one.state, minute(one.onset), `${one.reports}`].join(' · ')
      row.querySelector<HTMLElement>('[data-do="confirm"]')!.hidden = one.state !== 'suspected'
      buttons(row, one.service, { incident: one.id })
    }),
  )
  const wished = document.getElementById('admin-wishes')!.dataset.line ?? ''
  list(
    'admin-wishes',
    'admin-wish',
    wishes.wishes.map((one) => (part) => {
      part('name').textContent = one.name
      part('details').textContent = fill(wished, {
        n: written(one.count),
        last: moment(one.last, { dateStyle: 'medium' }),
      })
    }),
  )
  list(
    'admin-withheld',
    'admin-service',
    withheld.services.map((one) => (part, row) => {
      const { level, observed, expected, reason, echo_of } = one.status
      part('name').textContent = one.name
      ;(part('link') as HTMLAnchorElement).href = `${prefix}/${one.service}`
      part('details').textContent = [
        level,
        `${observed} / ${Math.round(expected)}`,
        reasonOf(reason.code, echo_of),
      ].join(' · ')
      row.querySelector<HTMLElement>('[data-do="unmute"]')!.hidden = reason.code !== 'muted'
      row.querySelector<HTMLElement>('[data-do="mute"]')!.hidden = reason.code === 'muted'
      buttons(row, one.service, { service: one.service })
    }),
  )
  list(
    'admin-audit',
    'admin-entry',
    audit.entries.map((one) => (part) => {
      part('name').textContent = `${one.id} · ${one.action.action} · ${one.state}`
      part('details').textContent = [
        minute(one.at),
        `${one.key.name} (${one.key.prefix}…)`,
        details(one.action),
        one.message ?? '',
      ]
        .filter(Boolean)
        .join(' · ')
    }),
  )
}

/** Sends the action in the form and waits until it is applied or refused. */
async function act(key: string, form: HTMLFormElement): Promise<void> {
  const result = document.getElementById('admin-result')!
  const words = form.dataset
  let entry: Entry
  try {
    entry = (await ask<{ entry: Entry }>(key, '/admin/actions', actionOf(form))).entry
    result.textContent = words.waits ?? ''
    for (let looks = 0; entry.state === 'waiting' && looks < patience; looks++) {
      await new Promise((done) => setTimeout(done, pause))
      entry = (await ask<{ entry: Entry }>(key, `/admin/audit/${entry.id}`)).entry
    }
  } catch (error) {
    result.textContent = fill(words.failed ?? '', { message: (error as Error).message })
    return
  }
  if (entry.state === 'applied') result.textContent = words.applied ?? ''
  if (entry.state === 'refused') result.textContent = fill(words.refused ?? '', { message: entry.message ?? '' })
  await show(key, form)
}

/** Begins the page: it waits for the key. */
export function begin(): void {
  const asking = document.getElementById('admin-key') as HTMLFormElement
  const form = document.getElementById('admin-form') as HTMLFormElement
  const said = document.getElementById('admin-said')!
  let key = ''
  asking.addEventListener('submit', (event) => {
    event.preventDefault()
    const field = asking.querySelector('input')!
    key = field.value.trim()
    field.value = ''
    show(key, form).then(
      () => {
        said.textContent = ''
        asking.hidden = true
        document.getElementById('admin')!.hidden = false
      },
      (error: Error) => (said.textContent = error.message),
    )
  })
  form.querySelector('select')!.addEventListener('change', () => showFields(form))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void act(key, form)
  })
  showFields(form)
}

if (document.getElementById('admin-key')) begin()
