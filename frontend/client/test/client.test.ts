import { describe, expect, it } from 'vitest'
import { memoryStore, Outcry, type Channel, type Options, type Outcome } from '../src/index'
import { orderedLock } from '../src/store'
import { Clock, idle, seeded, Server, type Cut } from './world'

const minute = 60_000
const start = Date.UTC(2022, 9, 25, 7, 49, 30)

/** Returns a client on a network whose next requests are cut so, and then not, with all that it told. */
function world(cuts: Cut[] = [], options: Partial<Options> = {}, ahead = 0) {
  const clock = new Clock(start)
  const server = new Server(clock, () => cuts.shift() ?? 'none', ahead)
  const told: Outcome[] = []
  const random = seeded(1)
  const open = (more: Partial<Options> = {}) =>
    new Outcry({
      origin: 'https://outcry.example/',
      fetch: server.fetch,
      now: clock.now,
      later: clock.later,
      random,
      onOutcome: (outcome) => told.push(outcome),
      ...options,
      ...more,
    })
  return { clock, server, told, open, client: open() }
}

const offline: Cut[] = Array<Cut>(1000).fill('before')

describe('a press', () => {
  it('is sent at once, without a time, under its own ID', async () => {
    const { client, server } = world()
    const outcome = await client.report('what/app', { symptom: 'login', country: 'BD', device: 'one' })
    expect(outcome).toMatchObject({ state: 'sent', receipt: { status: 'counted' } })
    expect(server.requests).toMatchObject([
      {
        path: '/services/what%2Fapp/reports',
        body: { id: outcome.press.id, symptom: 'login', country: 'BD', device: 'one' },
      },
    ])
    expect(server.requests[0]?.body).not.toHaveProperty('occurred_at')
  })
  it('of a recovery needs no symptom', async () => {
    const { client, server } = world()
    expect((await client.recover('whatsapp')).state).toBe('sent')
    expect(server.requests[0]?.path).toBe('/services/whatsapp/recoveries')
  })
  it('that was kept carries its time', async () => {
    const { client, server, clock, told } = world(offline.slice(0, 1))
    expect(await client.report('whatsapp', { symptom: 'login' })).toMatchObject({ state: 'kept', wait: undefined })
    await clock.advance(minute)
    expect(server.requests[1]?.body.occurred_at).toBe('2022-10-25T07:49:30.000Z')
    expect(told.map(({ state }) => state)).toEqual(['sent'])
  })
  it('is tried less and less often', async () => {
    const { client, server, clock } = world(offline)
    void client.report('whatsapp', { symptom: 'login' })
    const attempts: number[] = []
    for (let i = 0; i < 14; i++) {
      await clock.advance(minute)
      attempts.push(server.requests.length)
    }
    expect(attempts[0]).toBeGreaterThan(3)
    expect(attempts[13]! - attempts[6]!).toBeLessThan(4)
  })
  it('that became too old is not sent, and its caller learns it on time', async () => {
    const { client, server, clock, told } = world(offline)
    await client.report('whatsapp', { symptom: 'login' })
    await clock.advance(15 * minute)
    expect(told).toEqual([])
    await clock.advance(2)
    expect(told).toMatchObject([{ state: 'expired', press: { service: 'whatsapp', at: start } }])
    expect(await client.waiting()).toEqual([])
    const attempts = server.requests.length
    await clock.advance(60 * minute)
    expect(server.requests.length).toBe(attempts)
  })
  it('that became too old while the program did not run is told at its next start', async () => {
    const { client, open, clock, told } = world(offline, { store: memoryStore() })
    await client.report('whatsapp', { symptom: 'login' })
    client.close()
    await clock.advance(20 * minute)
    await open().start()
    expect(told.map(({ state }) => state)).toEqual(['expired'])
  })
  it('that is the oldest of too many is dropped, and its caller learns it', async () => {
    const { client, told } = world(offline, { limit: 2 })
    for (const service of ['one', 'two', 'three']) await client.report(service, { symptom: 'login' })
    expect(told).toMatchObject([{ state: 'dropped', press: { service: 'one' } }])
    expect((await client.waiting()).map(({ service }) => service)).toEqual(['two', 'three'])
  })
  it('that the server refuses is not sent again, and does not block the next one', async () => {
    const { client, server, clock, told } = world(offline.slice(0, 2))
    await client.report('nowhere', { symptom: 'login' })
    await client.report('whatsapp', { symptom: 'login' })
    server.refusal = { status: 404, field: 'service' }
    await client.flush()
    server.refusal = undefined
    expect(told).toMatchObject([{ state: 'refused', problem: { status: 404, field: 'service' } }, { state: 'refused' }])
    await clock.advance(10 * minute)
    expect(server.requests.length).toBe(4)
  })
  it.each([
    ['seconds', '40', 429],
    ['a date', new Date(start + 40_000).toUTCString(), 503],
  ])('waits as long as the server asks for in %s, also after a restart', async (_, retryAfter, status) => {
    const { client, server, clock, open } = world([], { store: memoryStore() })
    server.refusal = { status, retryAfter }
    expect(await client.report('whatsapp', { symptom: 'login' })).toMatchObject({ state: 'kept', wait: 40_000 })
    client.close()
    const next = open()
    void next.start()
    await clock.advance(39_000)
    expect(server.requests.length).toBe(1)
    expect(await next.report('signal', { symptom: 'login' })).toMatchObject({ state: 'kept', wait: 1_000 })
    expect(server.requests.length).toBe(1)
    server.refusal = undefined
    await clock.advance(5_000)
    expect(server.counted.size).toBe(2)
  })
  it('of a device with a wrong clock is counted in its minute', async () => {
    for (const ahead of [-60 * minute, 60 * minute]) {
      const { client, server, clock } = world(offline.slice(0, 1), {}, ahead)
      await client.report('whatsapp', { symptom: 'login' })
      await clock.advance(minute)
      expect([...server.counted.values()].map(({ minute }) => minute)).toEqual([
        new Date(Math.floor((start + ahead) / minute) * minute).toISOString(),
      ])
    }
  })
  it('of a device with a wrong clock is not lost silently where answers do not show the time', async () => {
    const { client, server, clock, told } = world(offline.slice(0, 1), {}, 60 * minute)
    server.tells = false
    await client.report('whatsapp', { symptom: 'login' })
    await clock.advance(minute)
    expect(told.map(({ state }) => state)).toEqual(['expired'])
  })
  it('is not answered by the page of a hotel', async () => {
    for (const status of [200, 202, 403, 511]) {
      const { client } = world([], {
        fetch: () =>
          Promise.resolve(
            new Response('<html>Please log in</html>', { status, headers: { 'Content-Type': 'text/html' } }),
          ),
      })
      expect((await client.report('whatsapp', { symptom: 'login' })).state, `status ${status}`).toBe('kept')
    }
  })
  it('ends when the server does not answer in time', async () => {
    const { client, clock } = world([], {
      timeout: 10_000,
      fetch: (_, init) =>
        new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('aborted')))),
    })
    let became: Outcome | undefined
    void client.report('whatsapp', { symptom: 'login' }).then((outcome) => (became = outcome))
    await clock.advance(9_000)
    expect(became).toBeUndefined()
    await clock.advance(1_000)
    expect(became?.state).toBe('kept')
  })
  it.each([
    ['is full', () => null, () => Promise.reject(new Error('full'))],
    ['may not be used', () => Promise.reject(new Error('refused')), () => Promise.reject(new Error('refused'))],
    ['holds nonsense', () => '{"presses":[null,{"id":1},"x"', () => Promise.reject(new Error('full'))],
    ['holds other things', () => '{"presses":[null,{"id":1},"x"]}', () => Promise.reject(new Error('full'))],
  ])('is kept in memory when the storage %s', async (_, getItem, setItem) => {
    const store = { getItem, setItem, removeItem: () => Promise.resolve() }
    const { client, clock, told } = world(offline.slice(0, 1), { store })
    expect((await client.report('whatsapp', { symptom: 'login' })).state).toBe('kept')
    await clock.advance(minute)
    expect(told.map(({ state }) => state)).toEqual(['sent'])
    expect(await client.waiting()).toEqual([])
  })
})

describe('two tabs', () => {
  /** Returns channels that carry messages to each other. */
  function channels(n: number): Channel[] {
    const handlers: ((outcome: Outcome) => void)[] = []
    return Array.from({ length: n }, (_, i) => ({
      post: (outcome) => handlers.forEach((handle, j) => j === i || void Promise.resolve().then(() => handle(outcome))),
      listen: (handle) => (handlers[i] = handle),
      close: () => {},
    }))
  }

  it('send a press once, and the one that made it learns what became of it', async () => {
    const [first, second] = channels(2)
    const told: Outcome[] = []
    const { server, open } = world(offline.slice(0, 1), { store: memoryStore(), lock: orderedLock() })
    const one = open({ channel: first, onOutcome: (outcome) => told.push(outcome) })
    const other = open({ channel: second, onOutcome: () => {} })
    await one.report('whatsapp', { symptom: 'login' })
    await Promise.all([other.flush(), one.flush(), other.flush()])
    await idle()
    expect(server.requests.map(({ cut }) => cut)).toEqual(['before', 'none'])
    expect(told.map(({ state }) => state)).toEqual(['sent'])
  })
  it('lose nothing that both add at once', async () => {
    const { server, open } = world([], { store: memoryStore(), lock: orderedLock() })
    const tabs = channels(2).map((channel) => open({ channel }))
    await Promise.all(Array.from({ length: 10 }, (_, i) => tabs[i % 2]!.report(`service-${i}`, { symptom: 'login' })))
    expect(server.counted.size).toBe(10)
    expect(server.requests.length).toBe(10)
  })
})
