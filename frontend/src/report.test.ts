// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Outcome, Press } from '../client/src/press'
import { Queue } from '../client/src/queue'
import { memoryStore, orderedLock } from '../client/src/store'
import { Form, shownLater, shownNow } from './report'

const words = {
  saidFirst: 'first {symptom}',
  saidOne: 'one {symptom} {n}',
  saidOther: 'other {symptom} {n}',
  saidRepeat: 'repeat',
  saidLimited: 'limited',
  saidWorks: 'works',
  saidBack: 'back',
  saidKept: 'kept {time}',
  saidWaits: 'waits {n}',
  saidSent: 'sent {time}',
  saidLate: '**not counted {time}.** too late',
}
const press: Press = { id: 'one', service: 'whatsapp', kind: 'problem', at: new Date(2022, 9, 25, 7, 49).getTime() }
const sent = (status: string): Outcome => ({
  state: 'sent',
  press,
  receipt: { id: 'one', service: 'whatsapp', country: 'ZZ', counted: status === 'counted', status, as_of: '' },
})
const context = { words, language: 'en', symptom: 'Login', state: '', others: 5 }

describe('what is shown of a press', () => {
  it.each([
    [0, 'first login'],
    [1, 'one login 1'],
    [1239, 'other login 1,240'],
  ])('that is one beside %i others', (others, message) => {
    expect(shownNow(sent('counted'), { ...context, others })).toEqual({ message, counts: true })
  })
  it('is in the language of the page', () => {
    expect(shownNow(sent('counted'), { ...context, language: 'bn', symptom: 'লগ-ইন', others: 42 }).message).toBe(
      'other লগ-ইন ৪২',
    )
  })
  it.each([
    ['repeat', '', { message: 'repeat', counts: true }],
    ['limited', '', { message: 'limited', counts: false }],
    ['limited', 'back', { message: 'limited', counts: false }],
    ['counted', 'back', { message: 'back', counts: true }],
    ['repeat', 'works', { message: 'works', counts: true }],
  ])('that is %s, of a button %s', (status, state, shown) => {
    expect(shownNow(sent(status), { ...context, state })).toEqual(shown)
  })
  it('names its time when it is kept, or the time to wait', () => {
    expect(shownNow({ state: 'kept', press }, context)).toEqual({ message: 'kept 07:49', counts: false })
    expect(shownLater({ state: 'kept', press }, words, 'bn').message).toBe('kept ০৭:৪৯')
    expect(shownLater({ state: 'kept', press }, words, 'ar').message).toBe('kept ٠٧:٤٩')
    expect(shownNow({ state: 'kept', press, wait: 19_001 }, context)).toEqual({ message: 'waits 20', counts: false })
  })
  it('names its time when it was sent later', () => {
    expect(shownLater(sent('counted'), words, 'en')).toEqual({ message: 'sent 07:49', counts: true })
    expect(shownLater(sent('repeat'), words, 'en')).toEqual({ message: 'repeat', counts: true })
    expect(shownLater(sent('limited'), words, 'en')).toEqual({ message: 'limited', counts: false })
  })
  it('says that it was not counted, and why only if it was too late', () => {
    expect(shownLater({ state: 'expired', press }, words, 'en').message).toBe('**not counted 07:49.** too late')
    expect(shownLater({ state: 'dropped', press }, words, 'en').message).toBe('**not counted 07:49.**')
  })
})

describe('the report form', () => {
  let online = false
  let requests: Press[] = []
  let queue: Queue

  const open = async (): Promise<Form> => {
    document.body.innerHTML = `<form class="report" data-service="whatsapp" ${Object.entries(words)
      .map(([name, text]) => `data-said-${name.slice(4).toLowerCase()}="${text}"`)
      .join(' ')}><div class="sym"><button class="rb" name="symptom" value="login">Login</button></div>
      <button class="rb" name="state" value="back">It is back</button><p role="status">once</p></form>`
    document.documentElement.lang = 'en'
    const form = new Form(
      document.querySelector('form')!,
      queue,
      () => 3,
      () => {},
    )
    await form.restore()
    return form
  }
  const status = () => document.querySelector('[role=status]')!.textContent
  const click = async (value: string) => {
    document.querySelector<HTMLButtonElement>(`[value=${value}]`)!.click()
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 0))
  }
  const button = () => document.querySelector<HTMLButtonElement>('[value=login]')!

  beforeEach(() => {
    online = false
    requests = []
    let form: Form | undefined
    queue = new Queue({
      send: (press) => {
        requests.push(press)
        return Promise.resolve(online ? { ...sent('counted'), press: undefined } : { state: 'retry' }) as never
      },
      store: memoryStore(),
      lock: orderedLock(),
      now: Date.now,
      random: () => 0.5,
      later: () => () => {},
      name: 'test',
      limit: 20,
      settled: (outcome) => form?.settled(outcome),
    })
    const make = open
    reopen = async () => (form = await make())
  })
  let reopen: () => Promise<Form>
  afterEach(() => queue.close())

  it('keeps a press without a connection, and says when it is sent', async () => {
    await reopen()
    await click('login')
    expect(status()).toMatch(/^kept \d\d:\d\d$/)
    expect(button().dataset.state).toBe('queued')
    online = true
    await queue.flush()
    expect(status()).toMatch(/^sent \d\d:\d\d$/)
    expect(button().getAttribute('aria-pressed')).toBe('true')
    expect(button().dataset.state).toBeUndefined()
  })
  it('shows what waits when the page is opened again', async () => {
    await reopen()
    await click('login')
    await reopen()
    expect(status()).toMatch(/^kept/)
    expect(button().dataset.state).toBe('queued')
  })
  it('keeps the same press once, however often the button is pressed', async () => {
    await reopen()
    await click('login')
    await click('login')
    await click('back')
    expect((await queue.waiting()).map(({ kind }) => kind)).toEqual(['problem', 'recovery'])
    expect(new Set(requests.map(({ id }) => id)).size).toBe(1) // the first one that waits is tried first
    online = true
    await click('login')
    expect(await queue.waiting()).toEqual([])
  })
})
