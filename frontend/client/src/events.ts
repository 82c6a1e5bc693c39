import type { components } from './schema.gen.js'

type Schemas = components['schemas']

/** An event of the stream. `id` is absent for counts, of which only the latest matters. */
export type OutcryEvent =
  | { event: 'status'; id: string; data: Schemas['StatusEvent'] }
  | { event: 'incident'; id: string; data: Schemas['IncidentEvent'] }
  | { event: 'counts'; id?: undefined; data: Schemas['CountsEvent'] }
  /** Some of what was missed is not kept any more: read the present state again. */
  | { event: 'reset'; id?: string; data: unknown }

/** The fields of one event as they were sent. */
export interface Message {
  event: string
  id?: string
  data: string
}

/**
 * Returns a function that takes pieces of a stream of server-sent events and
 * returns the messages that they complete. A piece may end anywhere.
 */
export function parser(): (piece: string) => Message[] {
  let rest = ''
  return (piece) => {
    const parts = (rest + piece).split(/\r?\n\r?\n/)
    rest = parts.pop() ?? ''
    return parts.flatMap((part) => parse(part) ?? [])
  }
}

function parse(block: string): Message | undefined {
  const message: Message = { event: 'message', data: '' }
  const data: string[] = []
  for (const line of block.split(/\r?\n/)) {
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (name === 'event') message.event = value
    else if (name === 'id') message.id = value
    else if (name === 'data') data.push(value)
  }
  if (data.length === 0) return undefined // a comment, or the time to reconnect
  return { ...message, data: data.join('\n') }
}
