import type { components } from './schema.gen.js'

type Challenge = components['schemas']['Challenge']

/** More than this is not a proof of work but a trap, for a server of ours asks for 50,000. */
const most = 1_000_000

/**
 * Solves a challenge, which a server that is under attack asks of senders without a
 * key. It takes about 0.2 s on a phone. Where the platform cannot hash, such as a page
 * without https, there is no solution.
 */
export async function solve({
  algorithm,
  challenge,
  maxnumber,
  salt,
  signature,
}: Challenge): Promise<string | undefined> {
  const { crypto } = globalThis as { crypto?: Partial<Crypto> }
  if (!crypto?.subtle || maxnumber > most) return undefined
  const wanted = (challenge.match(/../g) ?? []).map((byte) => parseInt(byte, 16))
  const encoder = new TextEncoder()
  for (let number = 0; number <= maxnumber; number++) {
    const hash = new Uint8Array(await crypto.subtle.digest(algorithm, encoder.encode(salt + number)))
    if (wanted.every((byte, i) => byte === hash[i]))
      return btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }))
  }
  return undefined
}
