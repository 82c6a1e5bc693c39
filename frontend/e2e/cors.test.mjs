// Pages of other origins that read the API, with the headers that client
// libraries add, and that try to post.
import assert from 'node:assert/strict'
import { openHostPage, serveHostPage } from './host.mjs'
import { setUp, test } from './harness.mjs'

const { browser, origin } = await setUp()

const headers = {
  Accept: 'application/json',
  Authorization: 'Bearer outcry_app_none',
  'Cache-Control': 'no-cache',
  'Content-Type': 'application/json',
  'X-Requested-With': 'XMLHttpRequest',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'X-Client-Version': '1',
}

test('a page of another origin reads with any header and posts nothing', async () => {
  const page = await serveHostPage(origin, '')
  const { context, tab } = await openHostPage(browser, page)
  try {
    const ask = (path, options) =>
      tab.evaluate(
        async ([url, options]) => {
          try {
            const response = await fetch(url, options)
            return { status: response.status, left: response.headers.get('RateLimit'), text: await response.text() }
          } catch (error) {
            return { error: error.message }
          }
        },
        [origin + path, options],
      )
    for (const [name, value] of Object.entries(headers)) {
      const { status, left, error } = await ask('/api/v1/services/whatsapp', { headers: { [name]: value } })
      assert.equal(status, 200, `reading with ${name}: ${error}`)
      assert.match(left, /^"pages";r=\d+;t=\d+$/, `RateLimit of a read with ${name}`)
    }
    assert.equal((await ask('/api/v1/services/whatsapp/', { headers })).status, 200, 'reading with a slash at the end')
    assert.equal((await ask('/api/v1/nosuch', { headers })).status, 404, 'reading what is not there')
    assert.ok((await ask('/api/v1/services', { credentials: 'include' })).error, 'a read with cookies is blocked')
    const body = { method: 'POST', body: '{"symptom":"connection"}' }
    assert.ok(
      (await ask('/api/v1/services/whatsapp/reports', { ...body, headers })).error,
      'posting as JSON is blocked',
    )
    await ask('/api/v1/services/whatsapp/reports', { ...body, mode: 'no-cors' })
    const { text } = await ask('/api/v1/services/whatsapp', {})
    assert.equal(JSON.parse(text).status.observed, 0, 'a post without an answer counts')
  } finally {
    await context.close()
    await page.stop()
  }
})
