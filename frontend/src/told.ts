import { base } from './site'

const name = 'outcry-told' + base // in the storage of the browser

/** What a visitor wants to learn about a service: that the incident is over, or that it breaks. */
export type When = 'over' | 'breaks'

/** A subscription as this browser remembers it. */
export interface Told {
  token: string // ends it
  when: When
  incident: string // that is to be over; empty for others
  expires: number // ms since the epoch
}

/** Returns the subscriptions that are not over, by service. */
export function remembered(now: number): Record<string, Told> {
  try {
    const all = Object.entries(JSON.parse(localStorage.getItem(name) ?? '{}') as Record<string, Told>)
    return Object.fromEntries(all.filter(([, told]) => told.expires > now))
  } catch {
    return {} // no storage, or not ours
  }
}

/** Returns the subscription for a service, unless it was for an incident that is over. */
export function current(now: number, service: string, incident: string): Told | undefined {
  const told = remembered(now)[service]
  return told && (told.when === 'breaks' || told.incident === incident) ? told : undefined
}

/** Remembers the subscription for a service, or forgets it. */
export function remember(now: number, service: string, told: Told | undefined): void {
  const all = remembered(now)
  delete all[service]
  if (told) all[service] = told
  try {
    localStorage.setItem(name, JSON.stringify(all))
  } catch {
    // Without storage the page forgets it when it is closed; the subscription ends by itself.
  }
}
