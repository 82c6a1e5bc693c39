import { describe, expect, it } from 'vitest'
import { parser } from '../src/events'
import { Outcry, OutcryError, type OutcryEvent } from '../src/index'
import { Clock, seeded } from './world'

const status = (id: number) => `id: ${id}\nevent: status\ndata: {"service":"whatsapp",\ndata: "level":"outage"}\n\n`
const counts = 'event: counts\ndata: {"observed":7}\n\n'
const text = `retry: 3000\n\n: still here\n\n${status(1)}${counts}${status(2)}`

describe('the parser of a stream', () => {
  it('finds the same messages wherever the stream is divided', () => {
    const whole = parser()(text)
    expect(whole.map(({ event, id }) => [event, id])).toEqual([
      ['status', '1'],
      ['counts', undefined],
      ['status', '2'],
    ])
    expect(JSON.parse(whole[0]!.data)).toEqual({ service: 'whatsapp', level: 'outage' })
    for (const line of ['\n', '\r\n'])
      for (let i = 0; i <= text.length; i++) {
        const parse = parser()
        const pieces = [text.slice(0, i), text.slice(i)].map((piece) => piece.replace(/\n/g, line))
        expect(pieces.flatMap(parse), `divided at ${i}`).toEqual(whole)
      }
  })
})

describe('events', () => {
  /** Returns a client whose server answers with these streams or errors in turn. */
  function world(answers: (string | Error | Response)[]) {
    const clock = new Clock(0)
    const asked: (string | undefined)[] = [] // Last-Event-ID of each request
    const client = new Outcry({
      origin: 'https://outcry.example',
      now: clock.now,
      later: clock.later,
      random: seeded(1),
      fetch: (url, init) => {
        expect(url).toBe('https://outcry.example/api/v1/events?service=whatsapp')
        asked.push((init?.headers as Record<string, string>)['Last-Event-ID'])
        const answer = answers.shift() ?? new Error('no more')
        if (answer instanceof Error) return Promise.reject(answer)
        return Promise.resolve(typeof answer === 'string' ? new Response(answer) : answer)
      },
    })
    return { client, clock, asked }
  }

  it('come again after cuts, from the last one that was received', async () => {
    const { client, clock, asked } = world([status(1), new TypeError('Failed to fetch'), counts + status(2), status(3)])
    const got: OutcryEvent[] = []
    const follow = (async () => {
      for await (const event of client.events({ service: 'whatsapp' })) if (got.push(event) === 4) break
    })()
    await clock.advance(60_000)
    await follow
    expect(got.map(({ event, id }) => id ?? event)).toEqual(['1', 'counts', '2', '3'])
    expect(asked).toEqual([undefined, '1', '1', '2'])
  })
  it('end when the client is closed', async () => {
    const { client, clock } = world([new Response(new ReadableStream())])
    const follow = client.events({ service: 'whatsapp' }).next()
    await clock.advance(1_000)
    client.close()
    await clock.advance(60_000)
    expect(await follow).toEqual({ done: true, value: undefined })
  })
  it('come again from a stream that has gone silent', async () => {
    const { client, clock, asked } = world([
      new Response(new ReadableStream()), // as a phone sees it that has changed its network
      status(1),
    ])
    const next = client.events({ service: 'whatsapp' }).next()
    await clock.advance(120_000)
    expect((await next).value).toMatchObject({ id: '1' })
    expect(asked.length).toBe(2)
  })
  it('are refused for a service that does not exist', async () => {
    const problem = JSON.stringify({
      type: 'urn:outcry:problem:not-found',
      title: 'Not Found',
      status: 404,
      detail: 'there is no such service',
    })
    const { client } = world([
      new Response(problem, { status: 404, headers: { 'Content-Type': 'application/problem+json' } }),
    ])
    await expect(client.events({ service: 'whatsapp' }).next()).rejects.toThrow(
      expect.objectContaining({ status: 404, message: 'there is no such service' }) as OutcryError,
    )
  })
})

describe('reads', () => {
  it('ask the API and return its answer', async () => {
    const asked: string[] = []
    const client = new Outcry({
      origin: 'https://outcry.example//',
      fetch: (url) => {
        asked.push(url)
        return Promise.resolve(new Response('{"as_of":"2022-10-25T07:50:00Z"}'))
      },
    })
    await client.services({ level: ['warning', 'outage'] })
    await client.service('what/app', { lang: 'bn' })
    await client.breakdown('whatsapp', { window: '15m', country: 'IN' })
    await client.countries('whatsapp')
    await client.series('whatsapp', { from: '2022-10-25T07:00:00+02:00', step: '5m' })
    await client.incidents({ state: ['suspected', 'confirmed'] })
    expect((await client.incident('whatsapp-2022-10-25-0637')).as_of).toBe('2022-10-25T07:50:00Z')
    const api = 'https://outcry.example/api/v1'
    expect(asked).toEqual([
      `${api}/services?level=warning%2Coutage`,
      `${api}/services/what%2Fapp?lang=bn`,
      `${api}/services/whatsapp/breakdown?window=15m&country=IN`,
      `${api}/services/whatsapp/countries`,
      `${api}/services/whatsapp/series?from=2022-10-25T07%3A00%3A00%2B02%3A00&step=5m`,
      `${api}/incidents?state=suspected%2Cconfirmed`,
      `${api}/incidents/whatsapp-2022-10-25-0637`,
    ])
  })
  it('say what is wrong and how long to wait', async () => {
    const client = new Outcry({
      origin: 'https://outcry.example',
      fetch: () => Promise.resolve(new Response('busy', { status: 503, headers: { 'Retry-After': '7' } })),
    })
    await expect(client.service('whatsapp')).rejects.toThrow(
      expect.objectContaining({
        name: 'OutcryError',
        status: 503,
        problem: undefined,
        retryAfter: 7_000,
      }) as OutcryError,
    )
  })
})
