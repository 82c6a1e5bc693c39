// The client as it is published: built, installed beside a program, and used from
// Node against a server.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'
import { observed, setUp, test, until } from './harness.mjs'

const { origin } = await setUp()

const frontend = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'outcry-client-'))
const installed = join(folder, 'node_modules/@outcry/client')
after(() => rmSync(folder, { recursive: true, force: true }))

execFileSync(process.execPath, [
  join(frontend, 'node_modules/typescript/bin/tsc'),
  ...['-p', join(frontend, 'client'), '--outDir', join(installed, 'dist')],
])
cpSync(join(frontend, 'client/package.json'), join(installed, 'package.json'))

test('the example of /developers runs', async () => {
  const source = readFileSync(join(frontend, 'snippets/app.ts'), 'utf8').replace('https://outcry.example', origin)
  const program = join(folder, 'app.mjs')
  writeFileSync(
    program,
    ts.transpile(source, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, isolatedModules: true }),
  )
  assert.match(execFileSync(process.execPath, [program], { encoding: 'utf8', timeout: 60_000 }), /^ok [01] \[/)
  await until('the report', () => observed(origin, 'whatsapp'), 1)
})

test('a press in Node survives a time without a server, and events arrive', async () => {
  const { Outcry, OutcryError, memoryStore } = await import(pathToFileURL(join(installed, 'dist/index.js')))
  const store = memoryStore()
  let connected = false
  const told = []
  const client = new Outcry({
    origin,
    store,
    device: 'another',
    fetch: (url, init) => (connected ? fetch(url, init) : Promise.reject(new TypeError('fetch failed'))),
    onOutcome: ({ state }) => told.push(state),
  })
  try {
    assert.equal((await client.report('signal', { symptom: 'login' })).state, 'kept')
    await assert.rejects(client.service('signal'), TypeError)
    connected = true
    const event = client.events({ service: 'signal' }).next()
    await client.start()
    assert.deepEqual(told, ['sent'])
    await until('the report', () => observed(origin, 'signal'), 1)
    assert.equal((await event).value.data.service, 'signal')
    await assert.rejects(client.service('nowhere'), (error) => error instanceof OutcryError && error.status === 404)
    assert.equal((await client.report('nowhere', { symptom: 'login' })).state, 'refused')
  } finally {
    client.close()
  }
})
