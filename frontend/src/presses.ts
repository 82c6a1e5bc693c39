import type { Outcome } from '../client/src/press'
import { Queue } from '../client/src/queue'
import { later, sender } from '../client/src/send'
import { defaultChannel, defaultLock, defaultStore } from '../client/src/store'
import { api, base } from './site'

const name = 'outcry-presses' + base // in the storage of the browser

/** Returns the presses of this browser that wait for the server. All pages of the site share them. */
export function presses(settled: (outcome: Outcome) => void): Queue {
  return new Queue({
    send: sender({ api, fetch: (url, init) => fetch(url, init), now: Date.now, later, timeout: 20_000 }),
    store: defaultStore(),
    lock: defaultLock(),
    channel: defaultChannel(name),
    now: Date.now,
    random: Math.random,
    later,
    name,
    limit: 20,
    settled,
  })
}

/** Sends what waits now, and whenever the connection is back or the page is looked at again. */
export function start(queue: Queue): void {
  const send = (): void => void queue.flush()
  window.addEventListener('online', send)
  document.addEventListener('visibilitychange', () => document.hidden || send())
  send()
}
