// nginx before a server, with a certificate signed by itself.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { start } from './server.mjs'

const running = new Set()
const nginx = existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : 'nginx'

/** The example of the documents for a server below a path. */
export const belowAPath = readFileSync(
  fileURLToPath(new URL('../../deploy/nginx/outcry-below-a-path.conf', import.meta.url)),
  'utf8',
)

/** The least that somebody writes. */
export const defaults = `server {
  listen 443 ssl;
  ssl_certificate /etc/letsencrypt/live/example.org/fullchain.pem;
  ssl_certificate_key /etc/letsencrypt/live/example.org/privkey.pem;
  location / { proxy_pass http://127.0.0.1:8080; }
}`

/**
 * Starts a server, and nginx with an example before it. settings get the address of nginx. Resolves to
 * { address, server, stop } when both listen.
 */
export async function startBehind(example, settings) {
  const dir = mkdtempSync(join(tmpdir(), 'outcry-nginx-'))
  const address = `127.0.0.1:${await freePort()}`
  const server = await start(settings(`https://${address}`))
  const run = (...args) => execFileSync(nginx, ['-p', dir, '-e', 'error.log', '-c', join(dir, 'nginx.conf'), ...args])
  const end = () => {
    running.delete(end)
    run('-s', 'stop')
    rmSync(dir, { recursive: true, force: true })
  }
  try {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', join(dir, 'key.pem')]
    const certificate = ['-subj', '/CN=example.org', '-days', '2', '-out', join(dir, 'cert.pem')]
    execFileSync('openssl', ['req', '-x509', ...key, ...certificate], { stdio: 'pipe' })
    const servers = example
      .replace('listen 443 ', `listen ${address} `)
      .replaceAll('127.0.0.1:8080', new URL(server.origin).host)
      .replace(/\/etc\/letsencrypt\S+\/fullchain\.pem/, join(dir, 'cert.pem'))
      .replace(/\/etc\/letsencrypt\S+\/privkey\.pem/, join(dir, 'key.pem'))
    const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${kind};`)
    writeFileSync(
      join(dir, 'nginx.conf'),
      `pid nginx.pid; error_log error.log; events {} http { access_log off; ${places.join(' ')}\n${servers}\n}`,
    )
    run() // returns when it listens
    running.add(end)
  } catch (error) {
    await server.stop()
    throw error
  }
  return {
    address: `https://${address}`,
    server,
    async stop() {
      end()
      await server.stop()
    },
  }
}

/** Returns a port that nobody listens on. */
function freePort() {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

// No nginx outlives this process.
process.on('exit', () => running.forEach((end) => end()))
