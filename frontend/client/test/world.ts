// A network that can be cut at three places, a server behind it that counts by
// ID, and a clock that tests move.
import type { Fetch, Later } from '../src/send'

/** Where the network is cut for one request. */
export type Cut = 'none' | 'before' | 'after' | 'answer'

/** Returns random numbers from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A clock with timers. */
export class Clock {
  private timers: { at: number; run: () => void }[] = []

  constructor(private time: number) {}

  now = (): number => this.time

  later: Later = (ms, run) => {
    const timer = { at: this.time + ms, run }
    this.timers.push(timer)
    return () => (this.timers = this.timers.filter((other) => other !== timer))
  }

  /** Moves time on. Timers run in their order, and what they start ends before the next one. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms
    for (;;) {
      await idle()
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.timers = this.timers.filter((timer) => timer !== next)
      this.time = Math.max(this.time, next.at)
      next.run()
    }
    this.time = end
  }
}

/** Resolves when no promise can go on without a timer. */
export async function idle(): Promise<void> {
  const { port1, port2 } = new MessageChannel() // its messages come sooner than timers of 0 ms
  for (let i = 0; i < 8; i++) {
    await new Promise((resolve) => {
      port1.onmessage = resolve
      port2.postMessage(0)
    })
  }
  port1.close()
}

/** What the server knows of a press. */
export interface Counted {
  service: string
  minute: string
}

const minute = 60_000

/** A server that counts by ID, as Outcry does. */
export class Server {
  readonly counted = new Map<string, Counted>()
  readonly requests: { path: string; body: Record<string, unknown>; cut: Cut }[] = []
  /** An answer in place of the usual one. */
  refusal: { status: number; retryAfter?: string; field?: string } | undefined
  /** Whether its answers show its clock, as those to other origins in a browser do not. */
  tells = true

  constructor(
    private readonly clock: Clock,
    private readonly cut: () => Cut = () => 'none',
    /** How far its clock is ahead of that of the device, in ms. */
    private readonly ahead = 0,
  ) {}

  fetch: Fetch = async (url, init) => {
    const cut = this.cut()
    const path = url.slice(url.indexOf('/api/v1') + '/api/v1'.length)
    const body = JSON.parse(init?.body as string) as Record<string, unknown>
    this.requests.push({ path, body, cut })
    await Promise.resolve()
    if (cut === 'before') throw new TypeError('Failed to fetch')
    const response = this.answer(path, body)
    if (cut === 'after') throw new TypeError('Failed to fetch')
    const text = await response.text()
    return new Response(cut === 'answer' ? text.slice(0, text.length / 2) : text, response)
  }

  private answer(path: string, body: Record<string, unknown>): Response {
    const now = this.clock.now() + this.ahead
    const date: Record<string, string> = this.tells ? { Date: new Date(now).toUTCString() } : {}
    const problem = (status: number, field?: string, retryAfter?: string) =>
      new Response(JSON.stringify({ type: 'urn:outcry:problem:test', title: 'no', status, field }), {
        status,
        headers: {
          ...date,
          'Content-Type': 'application/problem+json',
          ...(retryAfter && { 'Retry-After': retryAfter }),
        },
      })
    if (this.refusal) return problem(this.refusal.status, this.refusal.field, this.refusal.retryAfter)
    const at = typeof body.occurred_at === 'string' ? Date.parse(body.occurred_at) : now
    if (at < now - 15 * minute || at > now + 5 * minute) return problem(422, 'occurred_at')
    const id = body.id as string
    const service = path.split('/')[2] ?? ''
    const known = this.counted.get(id)
    if (!known) {
      const start = Math.min(at, now)
      this.counted.set(id, { service, minute: new Date(start - (start % minute)).toISOString() })
    }
    const receipt = { id, service, country: 'ZZ', counted: true, status: 'counted', as_of: new Date(now).toISOString() }
    return new Response(JSON.stringify(receipt), {
      status: 202,
      headers: { ...date, 'Content-Type': 'application/json' },
    })
  }
}
