import { afterEach, expect, it, vi } from 'vitest'
import type { Press } from '../src/press'
import { solve } from '../src/proof'
import { sender } from '../src/send'

/** Returns a SHA-256 in hexadecimal digits. */
async function sha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
const challenge = async (number: number, maxnumber = 2_000) => ({
  algorithm: 'SHA-256',
  challenge: await sha256(`abc?expires=9${number}`),
  maxnumber,
  salt: 'abc?expires=9',
  signature: '0123',
})
const press: Press = { id: 'a', service: 'whatsapp', kind: 'problem', symptom: 'login', at: 0 }

/** A sender to a server under attack, which asks for a proof until it gets one; and what was sent. */
async function underAttack() {
  const asked = await challenge(1_234)
  const sent: { id: string; proof?: string }[] = []
  const send = sender({
    api: 'https://outcry.example/api/v1',
    now: () => 0,
    timeout: 1_000,
    later: () => () => undefined,
    fetch: (_, init) => {
      const body = JSON.parse(init!.body as string) as { id: string; proof?: string }
      sent.push(body)
      if (body.proof) return Promise.resolve(Response.json({ counted: true, status: 'counted' }, { status: 202 }))
      const problem = JSON.stringify({ status: 428, title: 'Precondition Required', challenge: asked })
      const headers = { 'Content-Type': 'application/problem+json' }
      return Promise.resolve(new Response(problem, { status: 428, headers }))
    },
  })
  return { send, sent }
}

afterEach(() => vi.unstubAllGlobals())

it('solves the challenge of a server that is under attack, and sends the press once more', async () => {
  const { send, sent } = await underAttack()
  expect(await send(press)).toMatchObject({ state: 'sent', receipt: { counted: true } })
  expect(sent.map(({ id }) => id)).toEqual(['a', 'a'])
  expect(JSON.parse(atob(sent[1]!.proof!))).toEqual({
    algorithm: 'SHA-256',
    challenge: await sha256('abc?expires=91234'),
    number: 1_234,
    salt: 'abc?expires=9',
    signature: '0123',
  })
})

it('says why a press was refused where the platform cannot hash', async () => {
  const { send, sent } = await underAttack()
  vi.stubGlobal('crypto', {})
  expect(await send(press)).toMatchObject({ state: 'refused', problem: { status: 428 } })
  expect(sent).toHaveLength(1)
})

it('gives up a challenge without a solution, and one that asks for too much', async () => {
  expect(await solve(await challenge(1, 0))).toBeUndefined()
  expect(await solve(await challenge(1, 2_000_000))).toBeUndefined()
})
