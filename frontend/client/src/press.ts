import type { components } from './schema.gen.js'

export type Receipt = components['schemas']['Receipt']
export type Problem = components['schemas']['Problem']

/** What a person said about a service, with its time. It is sent once or kept until it can be sent. */
export interface Press {
  /** A UUID. The server counts an ID once, so a press may be sent again. */
  id: string
  service: string
  kind: 'problem' | 'recovery'
  symptom?: string
  country?: string
  device?: string
  /** When it was made, in ms since 1970 by the clock of this device. */
  at: number
}

/** What became of a press. */
export type Outcome =
  /** The server has it. `receipt.status` says whether it was counted. */
  | { state: 'sent'; press: Press; receipt: Receipt }
  /** It waits on this device. `wait` is the time until the next attempt, in ms, if the server asked for one. */
  | { state: 'kept'; press: Press; wait?: number }
  /** The server refused it for good. */
  | { state: 'refused'; press: Press; problem: Problem }
  /** It is older than the server takes. It was not counted, unless an answer was lost on the way. */
  | { state: 'expired'; press: Press }
  /** Newer presses took its place. */
  | { state: 'dropped'; press: Press }

/** The result of one attempt. `retry` is one that may succeed later, `after` ms from now if the server says so. */
export type Attempt =
  | { state: 'sent'; receipt: Receipt }
  | { state: 'refused'; problem: Problem }
  | { state: 'expired' }
  | { state: 'retry'; after?: number }

/** How old a press may be when it reaches the server, in ms. */
export const oldest = 15 * 60_000

/** Returns a random UUID, also where the platform has no crypto. */
export function newID(random: () => number = Math.random): string {
  const { crypto } = globalThis as { crypto?: Partial<Crypto> }
  if (random === Math.random && crypto?.randomUUID) return crypto.randomUUID()
  const bytes = new Uint8Array(16)
  if (random === Math.random && crypto?.getRandomValues) crypto.getRandomValues(bytes)
  else bytes.forEach((_, i) => (bytes[i] = random() * 256))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
