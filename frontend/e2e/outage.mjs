// A server into which an outage is replayed, fast.
import { spawn, spawnSync } from 'node:child_process'
import { binary, settings, start } from './server.mjs'

// Times as fast as it happened: the outage begins after half a minute and lasts for two, long enough for a server that
// judges every ten seconds and waits for half a minute before it declares anything.
const speed = 80
const patience = 240_000 // ms, until the outage is declared

/** Resolves to { origin, incident, stop } once the outage is declared. */
export async function replay(scenario = 'whatsapp-2022-10-25') {
  const server = await start({ OUTCRY_SIMULATED: 'true' })
  const made = spawnSync(binary, ['keys', 'create', '--scope', 'server', '--name', 'e2e', '--quiet'], { env: settings({ OUTCRY_DATA: server.data }), encoding: 'utf8' })
  const player = spawn(binary, ['simulate', scenario, '--to', server.origin, '--speed', String(speed)], { env: settings({ OUTCRY_KEY: made.stdout.trim() }), stdio: ['ignore', 'ignore', 'pipe'] })
  const said = [made.stderr]
  player.stderr.on('data', (text) => said.push(text))
  const stop = async () => {
    player.kill('SIGKILL')
    await server.stop()
  }
  process.on('exit', () => player.kill('SIGKILL'))
  for (const end = Date.now() + patience; Date.now() < end && player.exitCode === null; ) {
    const { incidents } = await (await fetch(`${server.origin}/api/v1/incidents?state=confirmed`)).json()
    if (incidents.length > 0) return { origin: server.origin, incident: incidents[0].id, stop }
    await new Promise((resolve) => setTimeout(resolve, 500)) // between two looks
  }
  await stop()
  throw new Error(`the outage of ${scenario} is not declared after ${patience / 1000} s, or the replay ended early:\n${said.join('')}\n${server.log.join('\n')}`)
}
