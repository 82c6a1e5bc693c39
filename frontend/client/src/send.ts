import type { Attempt, Press, Problem, Receipt } from './press.js'
import { oldest } from './press.js'
import { solve } from './proof.js'

/** The part of fetch that the client uses. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>

/** Runs a function after some ms, and returns how to cancel that. */
export type Later = (ms: number, run: () => void) => () => void

/** Later with the timers of the platform. */
export const later: Later = (ms, run) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

export interface SendOptions {
  /** The address of the API, such as `https://outcry.example/api/v1`. */
  api: string
  fetch: Fetch
  now: () => number
  /** A key of scope `app`, for web pages on other origins. */
  key?: string
  /** How long one attempt may take, in ms. */
  timeout: number
  later: Later
}

/** A press younger than this, which only its first attempt is, counts as made now: there a wrong clock of the device changes nothing. */
const fresh = 1_000 // ms
/** Differences between clocks that are not worth correcting. */
const agreeing = 30_000 // ms

/**
 * Returns a function that makes one attempt to send a press. The time of a press
 * is corrected by the clock of the server, as far as answers show it.
 */
export function sender(options: SendOptions): (press: Press) => Promise<Attempt> {
  const { api, now } = options
  let ahead = 0 // ms by which the clock of the server is ahead of ours

  const attempt = async (press: Press, proof?: string): Promise<Attempt> => {
    const age = Math.max(0, now() - press.at)
    if (age > oldest) return { state: 'expired' }
    const { service, kind, id, symptom, country, device } = press
    const path = `${api}/services/${encodeURIComponent(service)}/${kind === 'recovery' ? 'recoveries' : 'reports'}`
    const time = age < fresh ? undefined : new Date(now() + ahead - age).toISOString()
    const stop = new AbortController()
    const cancel = options.later(options.timeout, () => stop.abort())
    try {
      const response = await options.fetch(path, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          ...(options.key && { Authorization: `Bearer ${options.key}` }),
        },
        body: JSON.stringify({ id, symptom, country, device, occurred_at: time, proof }),
        signal: stop.signal,
      })
      const skew = Date.parse(response.headers.get('Date') ?? '') - now()
      const before = ahead
      ahead = Math.abs(skew) > agreeing ? skew : 0
      const result = await read(response, now())
      const challenge = result.state === 'refused' && !proof ? result.problem.challenge : undefined
      const solution = challenge && (await solve(challenge))
      if (solution) return await attempt(press, solution)
      const wrongTime = result.state === 'refused' && result.problem.field === 'occurred_at'
      if (!wrongTime) return result
      return Math.abs(ahead - before) > agreeing ? await attempt(press, proof) : { state: 'expired' }
    } catch {
      return { state: 'retry' } // no connection, or an answer that was cut
    } finally {
      cancel()
    }
  }
  return (press) => attempt(press)
}

/** Reads an answer. What does not come from Outcry, such as the page of a hotel's network, is no answer to the press. */
async function read(response: Response, now: number): Promise<Attempt> {
  if (response.status === 202) {
    const receipt = (await response.json()) as Receipt
    return typeof receipt.counted === 'boolean' ? { state: 'sent', receipt } : { state: 'retry' }
  }
  const after = retryAfter(response.headers.get('Retry-After'), now)
  const { status } = response
  if (status < 400 || status >= 500 || status === 408 || status === 425 || status === 429)
    return { state: 'retry', after }
  const problem = await problemOf(response)
  return problem ? { state: 'refused', problem } : { state: 'retry', after }
}

/** Returns the problem that an answer describes, if it is one of Outcry. */
export async function problemOf(response: Response): Promise<Problem | undefined> {
  if (!response.headers.get('Content-Type')?.startsWith('application/problem+json')) return undefined
  return (await response.json()) as Problem
}

/** Returns how long a Retry-After header asks to wait, in ms. It is a number of seconds or a date. */
export function retryAfter(header: string | null, now: number): number | undefined {
  if (!header) return undefined
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isNaN(wait) ? undefined : Math.max(0, wait)
}
