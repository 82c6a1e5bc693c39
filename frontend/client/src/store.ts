import type { Outcome } from './press.js'

type MaybePromise<T> = T | Promise<T>

/** Where presses are kept: localStorage, the AsyncStorage of React Native, or anything like them. */
export interface Store {
  getItem(key: string): MaybePromise<string | null>
  setItem(key: string, value: string): MaybePromise<unknown>
  removeItem(key: string): MaybePromise<unknown>
}

/** Returns a store that lasts as long as the program. */
export function memoryStore(): Store {
  const items = new Map<string, string>()
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  }
}

/** Returns the storage of the browser, or one in memory where there is none or a page may not use it. */
export function defaultStore(): Store {
  try {
    const { localStorage } = globalThis as { localStorage?: Store }
    if (localStorage && typeof localStorage.getItem === 'function') return localStorage
  } catch {
    // A page in a sandbox may not even look.
  }
  return memoryStore()
}

/** Runs one function after another for each name. */
export type Lock = <T>(name: string, run: () => Promise<T>) => Promise<T>

/** Returns a lock that orders what this program does. */
export function orderedLock(): Lock {
  const last = new Map<string, Promise<unknown>>()
  return (name, run) => {
    const next = (last.get(name) ?? Promise.resolve()).then(run, run)
    last.set(name, next)
    return next
  }
}

/** Returns a lock that the tabs of a browser share, or elsewhere one of this program. */
export function defaultLock(): Lock {
  const own = orderedLock()
  const { navigator } = globalThis as { navigator?: { locks?: LockManager } }
  const locks = navigator?.locks
  if (!locks) return own
  return async (name, run) => {
    let ran = false
    try {
      return await locks.request(name, () => {
        ran = true
        return run()
      })
    } catch (error) {
      if (ran) throw error
      return own(name, run) // a page in a sandbox may not lock
    }
  }
}

/** Carries what became of presses from one tab to the others. */
export interface Channel {
  post(outcome: Outcome): void
  listen(handle: (outcome: Outcome) => void): void
  close(): void
}

/** Returns a channel to the other tabs of a browser, or undefined where there are no tabs. */
export function defaultChannel(name: string): Channel | undefined {
  if (typeof document === 'undefined' || typeof BroadcastChannel === 'undefined') return undefined
  try {
    const channel = new BroadcastChannel(name)
    return {
      post: (outcome) => channel.postMessage(outcome),
      listen: (handle) => (channel.onmessage = ({ data }: MessageEvent<Outcome>) => handle(data)),
      close: () => channel.close(),
    }
  } catch {
    return undefined // a page in a sandbox may not have one
  }
}
