import { carry, device } from './device'
import { fill, inline, number, round, write } from './words'

/** The response of the server to a report. */
export interface Answer {
  status: number
  became?: string // counted, repeat or limited
  retryAfter?: number // seconds
}

/** What the form shows after a response, and whether the report counts. */
export interface Outcome {
  message: string
  counts: boolean
}

/** Returns the outcome of a response, in the words that the form carries. */
export function outcomeOf(
  answer: Answer,
  words: DOMStringMap,
  symptom: string,
  state: string,
  others: number,
  language: string,
): Outcome {
  if (answer.status === 202) {
    if (answer.became === 'limited') return { message: words.saidLimited ?? '', counts: false }
    if (state) return { message: (state === 'works' ? words.saidWorks : words.saidBack) ?? '', counts: true }
    if (answer.became === 'repeat') return { message: words.saidRepeat ?? '', counts: true }
    const message = others <= 0 ? words.saidFirst : others === 1 ? words.saidOne : words.saidOther
    return {
      message: fill(message ?? '', { symptom: inline(symptom, language), n: number(round(others), language) }),
      counts: true,
    }
  }
  if (answer.status === 0) return { message: words.saidOffline ?? '', counts: false }
  return { message: fill(words.saidRetry ?? '', { n: number(answer.retryAfter || 10, language) }), counts: false }
}

/** Sends a report to the API. Status 0 means that there was no connection. */
async function send(url: string, body: object): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = response.status === 202 ? ((await response.json()) as { status?: string }) : {}
    return { status: response.status, became: answer.status, retryAfter: Number(response.headers.get('Retry-After')) }
  } catch {
    return { status: 0 }
  }
}

/**
 * Lets a press of a report button be counted in place. The form works without
 * it; other answers than 202, 429 and 503 are left to the form.
 */
export function improve(form: HTMLFormElement, others: () => number, done: () => void): void {
  const status = form.querySelector('[role=status]')
  const language = document.documentElement.lang
  const unanswered = new Map<string, string | undefined>() // IDs by button, so that a resend counts once
  let busy = false
  let plain = false
  form.addEventListener('submit', (event) => {
    const button = event.submitter
    if (plain || !status || !(button instanceof HTMLButtonElement)) return
    event.preventDefault()
    if (busy) return
    busy = true
    const state = button.name === 'state' ? button.value : ''
    const before = others()
    const id = unanswered.get(button.value) ?? newID()
    unanswered.set(button.value, id)
    void send(form.dataset.api + (state ? '/recoveries' : '/reports'), {
      id,
      device: device(),
      ...(state ? {} : { symptom: button.value }),
    }).then((answer) => {
      busy = false
      if (answer.status !== 0) unanswered.delete(button.value)
      if (![0, 202, 429, 503].includes(answer.status)) {
        plain = true
        carry(form, 'device', device())
        form.requestSubmit(button)
        return
      }
      const outcome = outcomeOf(answer, form.dataset, button.textContent ?? '', state, before, language)
      for (const other of form.querySelectorAll('.rb')) other.removeAttribute('aria-pressed')
      button.removeAttribute('data-state')
      if (outcome.counts) button.setAttribute('aria-pressed', 'true')
      else button.dataset.state = 'queued'
      status.className = 'said'
      status.toggleAttribute('data-state', false)
      if (!outcome.counts) status.setAttribute('data-state', 'queued')
      write(status, outcome.message)
      if (answer.status === 202) done()
    })
  })
}

/** An ID for a report, so that a resend counts once; none in an old browser. */
function newID(): string | undefined {
  return crypto.randomUUID?.()
}
