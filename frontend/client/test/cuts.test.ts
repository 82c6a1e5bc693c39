import { expect, it } from 'vitest'
import { memoryStore, Outcry } from '../src/index'
import { orderedLock } from '../src/store'
import { Clock, seeded, Server, type Cut } from './world'

const minute = 60_000
const start = Date.UTC(2022, 9, 25, 7, 49, 30)
const services = ['whatsapp', 'signal', 'telegram']
const cuts: Cut[] = ['none', 'before', 'after', 'answer']

/** Presses some buttons on a network that is cut at random, leaves the page at random, and mends the network. */
async function play(seed: number, seen: Map<Cut, number>): Promise<void> {
  const random = seeded(seed)
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
  const clock = new Clock(start)
  let mended = false
  const server = new Server(clock, () => (mended ? 'none' : pick(cuts)))
  const store = memoryStore()
  const told: string[] = []

  /** Opens a page. What it does when it is left never ends: no answer arrives, and nothing more is stored. */
  const open = () => {
    let left = false
    const unlessLeft = <T>(value: T): T | Promise<Awaited<T>> => (left ? new Promise(() => {}) : value)
    const client = new Outcry({
      origin: 'https://outcry.example',
      fetch: async (url, init) => {
        const response = await server.fetch(url, init)
        await new Promise<void>((resolve) => clock.later(random() * 3_000, resolve)) // so that a page can be left before
        return unlessLeft(response)
      },
      now: clock.now,
      later: (ms, run) => clock.later(ms, () => left || run()),
      random,
      lock: orderedLock(), // the browser's ends with the page
      store: {
        getItem: (key) => unlessLeft(store.getItem(key)),
        setItem: (key, value) => unlessLeft(left || store.setItem(key, value)),
        removeItem: (key) => unlessLeft(left || store.removeItem(key)),
      },
      onOutcome: (outcome) => outcome.state === 'sent' && told.push(outcome.press.id),
    })
    return { client, leave: () => (left = true) }
  }

  let page = open()
  const made = new Map<string, number>() // time by ID
  const presses = 1 + Math.floor(random() * 6)
  for (let i = 0; i < presses; i++) {
    const at = clock.now()
    void page.client.report(pick(services), { symptom: 'messaging' })
    await clock.advance(random() < 0.5 ? 0 : 4_000)
    for (const { id, at } of await page.client.waiting()) made.set(id, at)
    for (const id of told) if (!made.has(id)) made.set(id, at)
    if (random() < 0.3) {
      page.leave()
      page = open()
      void page.client.start()
    }
    await clock.advance(random() * 2 * minute)
  }
  mended = true
  void page.client.flush()
  await clock.advance(minute)
  page.client.close()

  const where = `seed ${seed}`
  const ids = [...made.keys()].sort()
  expect(ids.length, where).toBe(presses)
  expect(await page.client.waiting(), where).toEqual([])
  expect([...server.counted.keys()].sort(), where).toEqual(ids)
  for (const [id, at] of made)
    expect(server.counted.get(id)?.minute, where).toBe(new Date(at - (at % minute)).toISOString())
  expect(told.sort(), where).toEqual(ids)
  for (const { cut } of server.requests) seen.set(cut, (seen.get(cut) ?? 0) + 1)
}

it('loses no press and counts none twice in 200 runs on a network that is cut at random', async () => {
  const seen = new Map<Cut, number>()
  for (let seed = 1; seed <= 200; seed++) await play(seed, seen)
  for (const cut of cuts) expect(seen.get(cut), cut).toBeGreaterThan(100)
}, 120_000)
