import { parser, type OutcryEvent } from './events.js'
import { newID, type Outcome, type Press, type Problem } from './press.js'
import { Queue } from './queue.js'
import type { paths } from './schema.gen.js'
import { later, problemOf, retryAfter, sender, type Fetch, type Later } from './send.js'
import { defaultChannel, defaultLock, defaultStore, type Channel, type Lock, type Store } from './store.js'

export interface Options {
  /** The server, such as `https://outcry.example`. */
  origin: string
  /** A key of scope `app`. Web pages on origins other than the server's need one to report. */
  key?: string
  /** Tells devices behind one address apart, such as a random installation ID. The server does not store it. */
  device?: string
  /** Called with what became of each press, also of those that were kept before the program started. */
  onOutcome?: (outcome: Outcome) => void
  /** Where presses are kept. By default localStorage, and memory where there is none. */
  store?: Store
  /** How many presses are kept. By default 20; the oldest is dropped for a new one. */
  limit?: number
  /** How long a request may take, in ms. By default 30,000. */
  timeout?: number
  fetch?: Fetch
  now?: () => number
  random?: () => number
  later?: Later
  lock?: Lock
  channel?: Channel
}

type Get<P extends keyof paths> = paths[P] extends { get: infer G } ? G : never
type Query<P extends keyof paths> = Get<P> extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never
type Answer<P extends keyof paths> =
  Get<P> extends { responses: { 200: { content: { 'application/json': infer A } } } } ? A : never

/** What to say of a service besides its name. */
export type Details = Pick<Press, 'symptom' | 'country' | 'device'>

/** A read that the server refused or could not answer. */
export class OutcryError extends Error {
  constructor(
    readonly status: number,
    /** What the server says about it, if it is Outcry. */
    readonly problem: Problem | undefined,
    /** How long to wait before the next try, in ms, if the server says so. */
    readonly retryAfter: number | undefined,
  ) {
    super(problem?.detail ?? problem?.title ?? `the server answered with status ${status}`)
    this.name = 'OutcryError'
  }
}

const silence = 60_000 // ms without a sign of life, after which a stream is taken as cut; the server sends one every 20 s

/** Reads from an Outcry server and reports to it. Reports that cannot be sent are kept and sent later. */
export class Outcry {
  private readonly api: string
  private readonly queue: Queue
  private readonly fetch: Fetch
  private readonly now: () => number
  private readonly random: () => number
  private readonly later: Later
  private readonly ended = new AbortController()
  private readonly online = (): void => void this.queue.flush()

  constructor(private readonly options: Options) {
    this.api = options.origin.replace(/\/+$/, '') + '/api/v1'
    this.fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init))
    this.now = options.now ?? Date.now
    this.random = options.random ?? Math.random
    this.later = options.later ?? later
    const name = `outcry ${this.api}`
    this.queue = new Queue({
      send: sender({
        api: this.api,
        fetch: this.fetch,
        now: this.now,
        later: this.later,
        key: options.key,
        timeout: this.timeout,
      }),
      store: options.store ?? defaultStore(),
      lock: options.lock ?? defaultLock(),
      channel: options.channel ?? defaultChannel(name),
      now: this.now,
      random: this.random,
      later: this.later,
      name,
      limit: options.limit ?? 20,
      settled: (outcome) => options.onOutcome?.(outcome),
    })
  }

  /** Sends what was kept earlier, and in browsers again whenever the network is back. Call it when the program starts. */
  async start(): Promise<void> {
    globalThis.addEventListener?.('online', this.online, { signal: this.ended.signal })
    await this.flush()
  }

  /** Ends all that goes on. Presses that wait stay in the store. */
  close(): void {
    this.ended.abort()
    this.queue.close()
  }

  /** Reports a problem. Offline, it is kept and sent later with its time. */
  report(service: string, details: Details & { symptom: string }): Promise<Outcome> {
    return this.press('problem', service, details)
  }

  /** Reports that a service works, or works again. */
  recover(service: string, details: Details = {}): Promise<Outcome> {
    return this.press('recovery', service, details)
  }

  /** Tries to send what waits, now. In React Native, call it when the network is back. */
  async flush(): Promise<void> {
    await this.queue.flush()
  }

  /** Returns the presses that wait, oldest first. */
  waiting(): Promise<Press[]> {
    return this.queue.waiting()
  }

  services(query: Query<'/services'> = {}): Promise<Answer<'/services'>> {
    return this.read('services', query)
  }

  service(service: string, query: Query<'/services/{service}'> = {}): Promise<Answer<'/services/{service}'>> {
    return this.read(`services/${encodeURIComponent(service)}`, query)
  }

  breakdown(
    service: string,
    query: Query<'/services/{service}/breakdown'> = {},
  ): Promise<Answer<'/services/{service}/breakdown'>> {
    return this.read(`services/${encodeURIComponent(service)}/breakdown`, query)
  }

  countries(
    service: string,
    query: Query<'/services/{service}/countries'> = {},
  ): Promise<Answer<'/services/{service}/countries'>> {
    return this.read(`services/${encodeURIComponent(service)}/countries`, query)
  }

  series(
    service: string,
    query: Query<'/services/{service}/series'> = {},
  ): Promise<Answer<'/services/{service}/series'>> {
    return this.read(`services/${encodeURIComponent(service)}/series`, query)
  }

  incidents(query: Query<'/incidents'> = {}): Promise<Answer<'/incidents'>> {
    return this.read('incidents', query)
  }

  incident(id: string): Promise<Answer<'/incidents/{id}'>> {
    return this.read(`incidents/${encodeURIComponent(id)}`, {})
  }

  /**
   * Follows what changes, without end. After a cut it connects again and gets the
   * events that it missed. To stop, leave the loop or abort the signal.
   *
   * It needs a fetch that streams. That of React Native does not; `expo/fetch` does.
   */
  async *events(
    query: Query<'/events'> = {},
    signal: AbortSignal = this.ended.signal,
  ): AsyncGenerator<OutcryEvent, void> {
    let last: string | undefined
    for (let failures = 0; !signal.aborted;) {
      const stop = new AbortController()
      const end = (): void => stop.abort()
      signal.addEventListener('abort', end)
      let wait: number | undefined
      let rest = this.later(silence, end)
      try {
        const headers: Record<string, string> = last ? { 'Last-Event-ID': last } : {}
        const response = await this.fetch(this.address('events', query), { headers, signal: stop.signal })
        if (!response.ok) throw await this.errorOf(response)
        if (!response.body) throw new TypeError('this fetch does not stream: pass another one in the options')
        const reader = response.body.getReader()
        stop.signal.addEventListener('abort', () => void reader.cancel().catch(() => {})) // for a fetch that ignores signals
        const decoder = new TextDecoder()
        const parse = parser()
        for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
          failures = 0
          rest()
          rest = this.later(silence, end)
          for (const { event, id, data } of parse(decoder.decode(piece.value, { stream: true }))) {
            last = id ?? last
            yield { event, id, data: JSON.parse(data) as unknown } as OutcryEvent
          }
        }
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof OutcryError && error.status < 500 && error.status !== 429) throw error
        if (error instanceof TypeError && /stream/.test(error.message)) throw error
        wait = error instanceof OutcryError ? error.retryAfter : undefined
      } finally {
        rest()
        signal.removeEventListener('abort', end)
        stop.abort()
      }
      const step = Math.min(60_000, 1_000 * 2 ** failures++)
      await this.pause((wait ?? step / 2) + (this.random() * step) / 2, signal)
    }
  }

  private press(kind: Press['kind'], service: string, details: Details): Promise<Outcome> {
    const { device } = this.options
    return this.queue.add({ id: newID(this.random), service, kind, device, ...details, at: this.now() })
  }

  private get timeout(): number {
    return this.options.timeout ?? 30_000
  }

  private async read<A>(path: string, query: object): Promise<A> {
    const stop = new AbortController()
    const cancel = this.later(this.timeout, () => stop.abort())
    try {
      const response = await this.fetch(this.address(path, query), { signal: stop.signal })
      if (!response.ok) throw await this.errorOf(response)
      return (await response.json()) as A
    } finally {
      cancel()
    }
  }

  private address(path: string, query: object): string {
    const text = Object.entries(query)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
      .join('&')
    return `${this.api}/${path}${text && '?' + text}`
  }

  private async errorOf(response: Response): Promise<OutcryError> {
    const wait = retryAfter(response.headers.get('Retry-After'), this.now())
    return new OutcryError(response.status, await problemOf(response).catch(() => undefined), wait)
  }

  private pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.later(ms, resolve)
      signal.addEventListener('abort', () => {
        cancel()
        resolve()
      })
    })
  }
}
