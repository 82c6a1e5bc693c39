// A server with a replayed outage.
import { spawn, spawnSync } from 'node:child_process'
import { binary, settings, start } from './server.mjs'

// How many times faster than in reality. The outage begins after half a minute and lasts for two: enough for a server
// that judges every ten seconds and declares nothing in its first half minute.
const speed = 80
const timeout = 240_000 // ms, until the outage is declared

/** Resolves to { origin, incident, stop } once the outage is declared. */
export async function replay(scenario = 'whatsapp-2022-10-25') {
  const server = await start({ OUTCRY_SIMULATED: 'true' })
  const created = spawnSync(binary, ['keys', 'create', '--scope', 'server', '--name', 'e2e', '--quiet'], {
    env: settings({ OUTCRY_DATA: server.data }),
    encoding: 'utf8',
  })
  const player = spawn(binary, ['simulate', scenario, '--to', server.origin, '--speed', String(speed)], {
    env: settings({ OUTCRY_KEY: created.stdout.trim() }),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const output = [created.stderr]
  player.stderr.on('data', (text) => output.push(text))
  const stop = async () => {
    player.kill('SIGKILL')
    await server.stop()
  }
  process.on('exit', () => player.kill('SIGKILL'))
  for (const end = Date.now() + timeout; Date.now() < end && player.exitCode === null;) {
    const { incidents } = await (await fetch(`${server.origin}/api/v1/incidents?state=confirmed`)).json()
    if (incidents.length > 0) return { origin: server.origin, incident: incidents[0].id, stop }
    await new Promise((resolve) => setTimeout(resolve, 500)) // between two looks
  }
  await stop()
  throw new Error(
    `the outage of ${scenario} is not declared after ${timeout / 1000} s, or the replay ended early:\n${output.join('')}\n${server.log.join('\n')}`,
  )
}
