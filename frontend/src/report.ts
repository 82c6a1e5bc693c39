import { newID, type Outcome, type Press } from '../client/src/press'
import type { Queue } from '../client/src/queue'
import { later } from '../client/src/send'
import { carry, device } from './device'
import { clock, fill, inline, number, round, write } from './words'

const patience = 4_000 // ms after which the page says that a press is kept, while the attempt to send it goes on

/** What the form shows, and whether the report counts. */
export interface Shown {
  message: string
  counts: boolean
}

/** What the words of an outcome depend on besides the outcome. */
export interface Context {
  words: DOMStringMap
  language: string
  symptom: string // the text of the button
  state: string // of a recovery: works or back
  others: number // who reported before
}

/** Returns what the form shows for a press that was just made. */
export function shownNow(outcome: Outcome, { words, language, symptom, state, others }: Context): Shown {
  if (outcome.state !== 'sent') return shownLater(outcome, words, language)
  const { status } = outcome.receipt
  if (status === 'limited') return { message: words.saidLimited ?? '', counts: false }
  if (state) return { message: (state === 'works' ? words.saidWorks : words.saidBack) ?? '', counts: true }
  if (status === 'repeat') return { message: words.saidRepeat ?? '', counts: true }
  const message = others <= 0 ? words.saidFirst : others === 1 ? words.saidOne : words.saidOther
  return {
    message: fill(message ?? '', { symptom: inline(symptom, language), n: number(round(others), language) }),
    counts: true,
  }
}

/** Returns what a page shows of a press that waits, or that has waited. */
export function shownLater(outcome: Outcome, words: DOMStringMap, language: string): Shown {
  const time = clock(outcome.press.at, language)
  switch (outcome.state) {
    case 'sent':
      if (outcome.receipt.status === 'limited') return { message: words.saidLimited ?? '', counts: false }
      if (outcome.receipt.status === 'repeat') return { message: words.saidRepeat ?? '', counts: true }
      return { message: fill(words.saidSent ?? '', { time }), counts: true }
    case 'kept':
      if (outcome.wait === undefined) return { message: fill(words.saidKept ?? '', { time }), counts: false }
      return {
        message: fill(words.saidWaits ?? '', { n: number(Math.ceil(outcome.wait / 1000), language) }),
        counts: false,
      }
    case 'expired':
      return { message: fill(words.saidLate ?? '', { time }), counts: false }
    default: // refused or dropped: only that it was not counted
      return { message: fill((words.saidLate ?? '').replace(/^(\*\*.*?\*\*).*/s, '$1'), { time }), counts: false }
  }
}

/** The report form of the page of a service. A press of a button is counted in place, or kept until there is a connection. */
export class Form {
  private readonly service: string
  private readonly status: Element | null
  private readonly language = document.documentElement.lang
  private readonly words: DOMStringMap
  private readonly answering = new Set<string>() // IDs of presses whose answer is shown by the one who pressed
  private busy = false
  private plain = false

  constructor(
    private readonly form: HTMLFormElement,
    private readonly queue: Queue,
    private readonly others: () => number,
    private readonly done: () => void,
  ) {
    this.service = form.dataset.service ?? ''
    this.status = form.querySelector('[role=status]')
    this.words = { ...document.body.dataset, ...form.dataset }
    form.addEventListener('submit', (event) => {
      const button = event.submitter
      if (this.plain || !this.status || !(button instanceof HTMLButtonElement)) return
      event.preventDefault()
      if (!this.busy) void this.press(button)
    })
  }

  /** Shows the last press of this service that waits, if there is one. */
  async restore(): Promise<void> {
    const press = (await this.waiting()).pop()
    if (press) this.showLater({ state: 'kept', press })
  }

  /** Shows what became of a press that was kept, and reports whether it is one of this form. */
  settled(outcome: Outcome): boolean {
    if (outcome.press.service !== this.service) return false
    if (this.answering.has(outcome.press.id)) return true
    this.showLater(outcome)
    if (outcome.state === 'sent') this.done()
    return true
  }

  /** Has the press of a button counted. The same press does not wait twice. */
  private async press(button: HTMLButtonElement): Promise<void> {
    this.busy = true
    const state = button.name === 'state' ? button.value : ''
    const { service, words, language } = this
    const said = state ? ({ kind: 'recovery' } as const) : ({ kind: 'problem', symptom: button.value } as const)
    const context = { words, language, symptom: button.textContent ?? '', state, others: this.others() }
    const press = (await this.waiting()).find(
      ({ kind, symptom }) => kind === said.kind && symptom === said.symptom,
    ) ?? {
      id: newID(),
      service,
      ...said,
      device: device(),
      at: Date.now(),
    }
    this.answering.add(press.id)
    const cancel = later(patience, () => {
      this.busy = false
      this.show(shownLater({ state: 'kept', press }, words, language), button)
    })
    const outcome = await this.queue.add(press)
    cancel()
    this.answering.delete(press.id)
    this.busy = false
    if (outcome.state === 'refused') {
      this.plain = true // the server says why on the page
      carry(this.form, 'device', device())
      this.form.requestSubmit(button)
      return
    }
    this.show(shownNow(outcome, context), button)
    if (outcome.state === 'sent') this.done()
  }

  private async waiting(): Promise<Press[]> {
    return (await this.queue.waiting()).filter(({ service }) => service === this.service)
  }

  private showLater(outcome: Outcome): void {
    const { symptom } = outcome.press
    const button = [...this.form.querySelectorAll<HTMLButtonElement>('.sym .rb')].find(({ value }) => value === symptom)
    this.show(shownLater(outcome, this.words, this.language), button)
  }

  private show({ message, counts }: Shown, button?: HTMLButtonElement): void {
    for (const other of this.form.querySelectorAll('.rb')) {
      other.removeAttribute('aria-pressed')
      other.removeAttribute('data-state')
    }
    if (counts) button?.setAttribute('aria-pressed', 'true')
    else button?.setAttribute('data-state', 'queued')
    if (this.status) say(this.status, { message, counts })
  }
}

/** Shows a message in an element. One about a report that does not count yet has another mark. */
export function say(status: Element, { message, counts }: Shown): void {
  status.className = 'said'
  if (counts) status.removeAttribute('data-state')
  else status.setAttribute('data-state', 'queued')
  write(status, message)
}
