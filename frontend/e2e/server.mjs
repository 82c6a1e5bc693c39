// A server for tests: bin/outcry on a free port, with a data folder that is
// removed when it stops.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const binary = fileURLToPath(new URL('../../bin/outcry', import.meta.url))
const running = new Set()

/** Returns the environment with these settings of Outcry and no others. */
export function settings(own) {
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('OUTCRY_'))), ...own }
}

/** Starts a server. Resolves to { origin, stop, log, data } when it listens. */
export async function start(own = {}) {
  if (!existsSync(binary)) throw new Error('bin/outcry does not exist. Build it first: scripts/build')
  const data = mkdtempSync(join(tmpdir(), 'outcry-e2e-'))
  const child = spawn(binary, {
    env: settings({ OUTCRY_LISTEN: '127.0.0.1:0', OUTCRY_DATA: data, OUTCRY_DRAIN_WAIT: '0s', ...own }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = []
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line))
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const server = {
    log,
    data,
    async stop() {
      running.delete(server)
      child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await exited
      clearTimeout(killer)
      rmSync(data, { recursive: true, force: true })
    },
    /** Ends it at once, for when the process exits. */
    kill() {
      child.kill('SIGKILL')
      rmSync(data, { recursive: true, force: true })
    },
  }
  running.add(server)
  try {
    server.origin = await new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error('bin/outcry did not print its address in 20 s')), 20_000).unref()
      void exited.then((code) => reject(new Error(`bin/outcry exited with ${code}: ${log.join('\n')}`)))
      createInterface({ input: child.stdout }).once('line', (line) => {
        const url = /https?:\/\/127\.0\.0\.1:\d+/.exec(line)
        if (url) resolve(url[0])
        else reject(new Error(`bin/outcry printed no address, but: ${line}`))
      })
    })
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}

// No server outlives this process.
process.on('exit', () => running.forEach((server) => server.kill()))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130))
