// A server that is slow in the middle of a page.
import { createServer } from 'node:http'

/** Serves what origin serves, but sends a page that holds mark up to there first, and the rest half a second later. */
export async function serveInTwoParts(origin, mark) {
  const server = createServer(async (request, response) => {
    const answer = await fetch(origin + request.url)
    const body = Buffer.from(await answer.arrayBuffer())
    const at = body.indexOf(mark)
    response.writeHead(answer.status, { 'Content-Type': answer.headers.get('Content-Type') ?? 'text/plain' })
    if (at < 0) return response.end(body)
    response.write(body.subarray(0, at))
    setTimeout(() => response.end(body.subarray(at)), 500)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}
