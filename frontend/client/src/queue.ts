import type { Attempt, Outcome, Press } from './press.js'
import { oldest } from './press.js'
import type { Later } from './send.js'
import type { Channel, Lock, Store } from './store.js'
import { memoryStore } from './store.js'

export interface QueueOptions {
  send: (press: Press) => Promise<Attempt>
  store: Store
  lock: Lock
  /** Carries outcomes to other tabs, which may have sent a press of this one. */
  channel?: Channel
  now: () => number
  random: () => number
  later: Later
  /** The name under which presses are stored. */
  name: string
  /** How many presses are kept. The oldest is dropped for a new one. */
  limit: number
  /** Called with what became of each press that was added here or sent from here. */
  settled: (outcome: Outcome) => void
}

/** What is stored. */
interface Content {
  presses: Press[] // oldest first
  until?: number // before which the server wants no attempt
}

const first = 2_000 // ms until the second attempt, doubled for each further one
const longest = 300_000 // ms between two attempts, unless the server asks for more
const delivery = 2_000 // ms that a message of another tab may take

/**
 * Keeps presses until the server has answered them. They are stored before they
 * are sent and removed after the answer, so none is lost. A resend has the ID of
 * the first attempt, so none counts twice.
 */
export class Queue {
  private readonly mine = new Map<string, (outcome: Outcome) => void>() // added here and not settled
  private readonly spare = memoryStore() // for when the store fails
  private cancel: () => void = () => {}
  private failures = 0
  private closed = false

  constructor(private readonly options: QueueOptions) {
    options.channel?.listen((outcome) => {
      if (this.mine.has(outcome.press.id)) this.tell(outcome)
    })
  }

  /** Stores a press, unless it waits already, and tries to send it after those before it. Returns what became of it. */
  async add(press: Press): Promise<Outcome> {
    const settled = new Promise<Outcome>((resolve) => this.mine.set(press.id, resolve))
    const dropped = await this.edit((content) => {
      if (!content.presses.some(({ id }) => id === press.id)) content.presses.push(press)
      return content.presses.splice(0, Math.max(0, content.presses.length - this.options.limit))
    })
    for (const old of dropped) this.settle({ state: 'dropped', press: old })
    const wait = await this.flush()
    const kept: Outcome = { state: 'kept', press, wait }
    if ((await this.waiting()).some(({ id }) => id === press.id)) return kept
    // It was settled here, or by another tab whose message is on its way.
    return Promise.race([settled, new Promise<Outcome>((resolve) => this.options.later(delivery, () => resolve(kept)))])
  }

  /** Tries to send what waits, now. Returns the time that the server asks to wait, in ms, if it does. */
  flush(): Promise<number | undefined> {
    return this.options.lock(`${this.options.name} send`, () => this.pass())
  }

  /** Returns the presses that wait, oldest first. */
  async waiting(): Promise<Press[]> {
    return (await this.read()).presses
  }

  /** Ends further attempts. What waits stays in the store. */
  close(): void {
    this.closed = true
    this.cancel()
    this.options.channel?.close()
  }

  private async pass(): Promise<number | undefined> {
    const { now, random } = this.options
    this.cancel()
    while (!this.closed) {
      const { presses, until = 0 } = await this.read()
      const press = presses[0]
      if (!press) return undefined
      const isOld = now() - press.at > oldest
      const asked = until - now()
      if (!isOld && asked > 0 && asked <= oldest) {
        this.schedule(press, asked)
        return asked
      }
      const attempt: Attempt = isOld ? { state: 'expired' } : await this.options.send(press)
      if (attempt.state !== 'retry') {
        this.failures = 0
        await this.edit((content) => {
          content.presses = content.presses.filter(({ id }) => id !== press.id)
          content.until = undefined
        })
        this.settle({ ...attempt, press })
        continue
      }
      const step = Math.min(longest, first * 2 ** this.failures++)
      const { after } = attempt
      if (after) await this.edit((content) => (content.until = now() + Math.min(after, oldest)))
      this.schedule(press, (after ?? step / 2) + (random() * step) / 2)
      return after
    }
    return undefined
  }

  /** Schedules the next attempt, or the end of a press that expires before. */
  private schedule(press: Press, wait: number): void {
    const left = press.at + oldest + 1 - this.options.now()
    this.cancel()
    if (!this.closed) this.cancel = this.options.later(Math.max(0, Math.min(wait, left)), () => void this.flush())
  }

  private settle(outcome: Outcome): void {
    this.options.channel?.post(outcome)
    this.tell(outcome)
  }

  private tell(outcome: Outcome): void {
    this.mine.get(outcome.press.id)?.(outcome)
    this.mine.delete(outcome.press.id)
    this.options.settled(outcome)
  }

  private edit<T>(change: (content: Content) => T): Promise<T> {
    const { lock, name, store } = this.options
    return lock(`${name} edit`, async () => {
      const content = await this.read()
      const result = change(content)
      try {
        if (content.presses.length > 0) await store.setItem(name, JSON.stringify(content))
        else await store.removeItem(name)
        await this.spare.removeItem(name)
      } catch {
        await this.spare.setItem(name, JSON.stringify(content)) // the storage is full or not allowed
      }
      return result
    })
  }

  /** Returns what is stored. What cannot be read is nothing. */
  private async read(): Promise<Content> {
    const { name, store } = this.options
    try {
      const text = (await this.spare.getItem(name)) ?? (await store.getItem(name))
      const content = JSON.parse(text ?? '{}') as Partial<Content>
      return { ...content, presses: (content.presses ?? []).filter(isPress) }
    } catch {
      return { presses: [] }
    }
  }
}

function isPress(press: Partial<Press> | null): press is Press {
  return typeof press?.id === 'string' && typeof press.service === 'string' && typeof press.at === 'number'
}
