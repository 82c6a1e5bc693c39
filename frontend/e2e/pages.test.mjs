// Pages in a browser, on a server of their own.
import assert from 'node:assert/strict'
import { observed, report, reportFromThree, setUp, test, timeout, until, untilTextIs } from './harness.mjs'
import { checkPages } from './limits.mjs'
import { replay } from './outage.mjs'
import { start } from './server.mjs'
import { serveInTwoParts } from './slow.mjs'

const { browser, origin } = await setUp()

const pollInterval = 15_000 // ms, how often a page polls without an event

const people = (page) => page.locator('#verdict .why b').first()
const answer = (page) => page.locator('form.report [role=status]')
const pressed = (page) => page.locator('.rb[aria-pressed=true]')

test('a press is counted without loading the page again', async () => {
  await reportFromThree(origin, 'whatsapp', 'messaging')
  const page = await browser.newPage({ locale: 'en', viewport: { width: 360, height: 640 } })
  const loads = countLoads(page)
  await page.goto(`${origin}/whatsapp`)
  await untilTextIs('people before', people(page), '3 people')
  const places = () =>
    page.evaluate(() =>
      ['h1', '.verdict', '.report', '.sym', '.well', '.report [role=status]', '#reason', '#course']
        .map((s) => JSON.stringify(document.querySelector(s)?.getBoundingClientRect()))
        .join('\n'),
    )
  const before = await places()
  await page.getByRole('button', { name: 'Messaging', exact: true }).click()
  await untilTextIs('the answer', answer(page), 'Counted: messaging. You and 3 others in the last 15 minutes.')
  assert.equal(await places(), before, 'the answer moves the page')
  assert.equal(await pressed(page).textContent(), 'Messaging')
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Messaging', 'the button lost the focus')
  await untilTextIs('people after', people(page), '4 people')
  assert.equal(await observed(origin, 'whatsapp'), 4)

  await page.getByRole('button', { name: 'Login', exact: true }).click()
  await untilTextIs(
    'the answer to a repeat',
    answer(page),
    'We have your report. It still counts; one in 30 minutes is enough.',
  )
  assert.equal(await observed(origin, 'whatsapp'), 4)
  assert.equal(loads(), 1, 'the page was reloaded')
  await page.close()
})

test('a press is counted without JavaScript', async () => {
  await reportFromThree(origin, 'telegram', 'app')
  const page = await browser.newPage({ locale: 'en', javaScriptEnabled: false })
  await page.goto(`${origin}/telegram`)
  const answers = []
  page.on('response', (response) => {
    const request = response.request()
    if (request.isNavigationRequest()) answers.push(`${request.method()} ${response.status()}`)
  })
  await page.getByRole('button', { name: 'App', exact: true }).click()
  await untilTextIs('the answer', answer(page), 'Counted: app. You and 3 others in the last 15 minutes.')
  assert.deepEqual(answers, ['POST 303', 'GET 200'])
  assert.equal(await pressed(page).textContent(), 'App')
  await until('reports', () => observed(origin, 'telegram'), 4)

  await page.reload()
  assert.deepEqual(answers.slice(2), ['GET 200'], 'a reload sends the report again')
  assert.equal(await pressed(page).textContent(), 'App')
  assert.equal(await observed(origin, 'telegram'), 4)

  await page.getByRole('button', { name: 'Login', exact: true }).click()
  await untilTextIs('the answer to a second press', answer(page).locator('b'), 'Not counted again.')
  assert.equal(await observed(origin, 'telegram'), 4)

  await page.getByRole('button', { name: 'Login', exact: true }).click() // of somebody else at the address
  await untilTextIs('the answer to them', answer(page), 'Counted: login. You and 4 others in the last 15 minutes.')
  await until('reports', () => observed(origin, 'telegram'), 5)
  await page.close()
})

test('an open page shows new reports', async () => {
  const page = await browser.newPage({ locale: 'en' })
  // Without polling, only an event can change the page.
  await page.addInitScript((pollInterval) => {
    const set = window.setTimeout
    window.setTimeout = (run, ms, ...rest) => (ms === pollInterval ? 0 : set(run, ms, ...rest))
  }, pollInterval)
  const loads = countLoads(page)
  const stream = page.waitForResponse((r) => r.url().includes('/api/v1/events?service=instagram'), { timeout })
  await page.goto(`${origin}/instagram`)
  assert.equal((await stream).status(), 200)
  await untilTextIs('people before', people(page), 'Nobody')
  await report(origin, 'instagram', 'feed', 'another')
  await untilTextIs('people after one report', people(page), '1 person')
  await report(origin, 'instagram', 'feed', 'yet another')
  await untilTextIs('people after two', people(page), '2 people')
  await untilTextIs('the largest symptom', page.locator('#split .split li:has-text("Feed") .share b'), '100.0%')
  assert.equal(loads(), 1, 'the page was reloaded')
  await page.close()
})

test('a search finds a service', async () => {
  const page = await browser.newPage({ locale: 'en' })
  const search = async (text) => {
    await page.goto(`${origin}/`)
    await page.locator('form.big input').fill(text)
    await page.locator('form.big button').click()
    await page.waitForLoadState()
  }
  await search('whatsap')
  assert.equal(page.url(), `${origin}/whatsapp`, 'the only service that is found is not shown')
  await search('google')
  assert.match((await page.locator('#found h2').textContent()) ?? '', /^\d+ services found$/)
  await page.locator('#found a', { hasText: 'Google Maps' }).click()
  await page.waitForURL(`${origin}/google-maps`, { timeout })
  await search('qqqqqq')
  assert.equal(await page.locator('#found h2').textContent(), 'No service found')
  await page.close()
})

test('a wrong address suggests the right one', async () => {
  const page = await browser.newPage({ locale: 'en' })
  const response = await page.goto(`${origin}/whatsap`)
  assert.equal(response.status(), 404)
  assert.equal(await page.locator('h1').textContent(), 'There is no such page')
  await page.locator('.rows a', { hasText: 'WhatsApp' }).click()
  await page.waitForURL(`${origin}/whatsapp`, { timeout })
  assert.equal(await page.locator('h1').textContent(), 'WhatsApp')
  await page.close()
})

test('Bengali pages use Bengali words and digits', async () => {
  const page = await browser.newPage({ locale: 'bn', timezoneId: 'Asia/Dhaka', viewport: { width: 360, height: 640 } })
  await page.goto(`${origin}/messenger`) // as the browser asks
  assert.equal(await page.locator('html').getAttribute('lang'), 'bn')
  await reportFromThree(origin, 'messenger', 'messaging')
  await page.goto(`${origin}/bn/messenger`)
  assert.equal(await page.locator('h1').textContent(), 'মেসেঞ্জার')
  await page.getByRole('button', { name: 'বার্তা', exact: true }).click()
  await untilTextIs('the answer', answer(page), 'গোনা হলো: বার্তা। গত ১৫ মিনিটে আপনি ও আরও ৩ জন জানিয়েছেন।')
  await untilTextIs('people', people(page), '৪ জন')
  await page.locator('#course details summary').click()
  const text = await page.evaluate(() => {
    for (const quoted of document.querySelectorAll('.foot [lang=en]')) quoted.remove() // the source of countries, in its own words
    return document.body.innerText
  })
  assert.equal(/[0-9]/.exec(text), null, `Latin digits: ${/.{0,30}[0-9].{0,30}/.exec(text)}`)
  assert.match(text, /[০-৯]/)

  await page.locator('.lang summary').click()
  await page.getByRole('link', { name: 'English' }).click()
  await page.waitForURL(`${origin}/en/messenger`, { timeout })
  assert.equal(await page.locator('html').getAttribute('lang'), 'en')
  assert.equal(await people(page).textContent(), '4 people')
  await page.locator('.lang summary').click()
  await page.getByRole('link', { name: 'বাংলা' }).click()
  await page.waitForURL(`${origin}/bn/messenger`, { timeout })
  await page.close()
})

test('a visitor without the problem can say so', async () => {
  await report(origin, 'signal', 'app', 'another')
  await until('reports', () => observed(origin, 'signal'), 1)
  for (const javaScriptEnabled of [true, false]) {
    const page = await browser.newPage({ locale: 'en', javaScriptEnabled })
    await page.goto(`${origin}/signal`)
    await page.getByRole('button', { name: 'Works for me' }).click()
    await untilTextIs(
      'the answer',
      answer(page),
      'Noted: it works for you. Thank you; that helps to tell when trouble is over.',
    )
    assert.equal(await pressed(page).textContent(), 'Works for me')
    assert.equal(await observed(origin, 'signal'), 1, 'it was counted as a problem')
    await page.close()
  }
})

test('the range of a chart is chosen by keyboard', async () => {
  const page = await browser.newPage({ locale: 'en', javaScriptEnabled: false })
  await page.goto(`${origin}/whatsapp`)
  const now = page.locator('#course .opts').first().locator('[aria-current]')
  assert.equal(await now.textContent(), '15 min', 'a new server shows a longer range than it has counted')
  for (const [choice, note] of [
    ['24 h', 'Reports in 15 minutes, world.'],
    ['6 h', 'Reports in 5 minutes, world.'],
    ['1 h', 'Reports in 1 minute, world.'],
  ]) {
    await page.locator('#course .opts').first().getByText(choice, { exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/range=/, { timeout })
    await untilTextIs('the range', now, choice)
    assert.equal((await page.locator('#course .sec-h .small').textContent())?.startsWith(note), true, choice)
  }
  await page.locator('#course details summary').focus()
  await page.keyboard.press('Space')
  await until('the figures behind the chart', () => page.locator('#course tbody tr').first().isVisible(), true)
  await page.close()
})

test('a search finds services while a visitor types', async () => {
  const page = await browser.newPage({ locale: 'en' })
  const loads = countLoads(page)
  await page.goto(`${origin}/`)
  const first = page.locator('#found a').first()
  await page.locator('form.big input').first().pressSequentially('whats')
  await untilTextIs('the first result', first, 'WhatsApp')
  await page.keyboard.press('ArrowDown')
  assert.equal(
    await page.evaluate(() => document.activeElement?.textContent),
    'WhatsApp',
    'the arrow key does not lead to the results',
  )
  await page.keyboard.press('ArrowUp')
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'q')
  await page.locator('form.big input').first().fill('')
  await until('the results of an empty search', () => page.locator('#found a').count(), 0)
  assert.equal(loads(), 1)
  await page.close()
})

test('a view is counted once, without cookies or data about the visitor', async () => {
  const page = await browser.newPage({ locale: 'en' })
  const visits = []
  page.on('request', (request) => {
    if (request.url().endsWith('/visit')) visits.push(request)
  })
  const response = page.waitForResponse((r) => r.url() === `${origin}/viber/visit`, { timeout })
  await page.goto(`${origin}/viber`)
  assert.equal((await response).status(), 204)
  assert.equal((await response).headers()['set-cookie'], undefined)
  assert.equal(visits[0].postData(), null, 'the request has data about the visitor')
  assert.equal((await page.context().cookies()).length, 0)
  await page.goto(`${origin}/`)
  assert.equal(visits.length, 1, 'other pages send views too')
  await page.close()
})

test('Arabic pages run from right to left', async () => {
  const page = await browser.newPage({ locale: 'ar-EG', viewport: { width: 360, height: 640 } })
  await page.goto(`${origin}/snapchat`)
  assert.equal(await page.locator('html').getAttribute('dir'), 'rtl')
  const [mark, field] = await Promise.all(['.mark', '.mast input'].map((s) => page.locator(s).boundingBox()))
  assert(mark.x > field.x, 'the name of the site is not on the right')
  await page.locator('.sym .rb').first().click()
  await untilTextIs('the answer', answer(page), 'تمّ العدّ: الاتصال. أنت الأول في آخر ١٥ دقيقة.')
  await page.close()
})

test('an outage has a permanent page with a quote to copy', async () => {
  const { origin, incident, stop } = await replay()
  const context = await browser.newContext({ locale: 'en', permissions: ['clipboard-read', 'clipboard-write'] })
  const page = await context.newPage()
  try {
    await page.goto(`${origin}/en/whatsapp`)
    assert.equal(await page.locator('.verdict').getAttribute('data-level'), 'outage')
    assert(Number(await page.locator('.places tbody tr').count()) > 5, 'few countries')
    await page.locator('#countries .opts').first().getByText('per million people').click()
    await page.waitForURL(/metric=million/, { timeout })
    assert.match((await page.locator('#countries h2').textContent()) ?? '', /^Most reports per person: /)
    await page.getByRole('link', { name: 'Permanent page of this incident' }).click()
    await page.waitForURL(`${origin}/en/incidents/${incident}`, { timeout })
    assert.match((await page.locator('h1').textContent()) ?? '', /^WhatsApp has been down for /)
    const line = (await page.locator('.quote p').first().textContent()) ?? ''
    assert.match(
      line,
      /^At \d\d:\d\d UTC on .* reports of trouble with WhatsApp .* worldwide .*points\)\. Source: Outcry\. Simulated/,
    )
    await page.locator('[data-copy]').first().click()
    await untilTextIs('the confirmation of the copy', page.locator('[data-copied]'), 'Copied.')
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), line)
    await page.goto(`${origin}/en/whatsapp/history`)
    assert.equal(await page.locator(`.past a[href="/en/incidents/${incident}"]`).count(), 1)
    const { faults } = await checkPages(
      browser,
      origin,
      ['/', '/whatsapp', '/whatsapp?metric=usual', `/incidents/${incident}`, '/whatsapp/history'],
      'UTC',
    )
    assert.deepEqual(faults, [])
  } finally {
    await context.close()
    await stop()
  }
})

test('pages keep to their limits', async () => {
  const { faults } = await checkPages(browser, origin, [
    '/',
    '/?country=BD',
    '/whatsapp',
    '/whatsapp?range=24h&metric=million',
    '/whatsapp/history',
    '/method',
    '/developers',
    '/admin',
    '/nowhere',
  ])
  assert.deepEqual(faults, [])
})

test('a heading that arrives in two parts does not move', async () => {
  const slow = await serveInTwoParts(origin, '<span class="vh">') // inside the languages, at the end of the heading
  const page = await browser.newPage({ viewport: { width: 360, height: 640 } })
  try {
    await page.addInitScript(() => {
      window.shifts = 0
      new PerformanceObserver((list) => (window.shifts += list.getEntries().length)).observe({
        type: 'layout-shift',
        buffered: true,
      })
    })
    await page.goto(`${slow.origin}/en`)
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))) // so that shifts are reported
    assert.equal(await page.evaluate(() => window.shifts), 0)
  } finally {
    await page.close()
    slow.stop()
  }
})

test('every page of a simulation is marked', async () => {
  const simulated = await start({ OUTCRY_SIMULATED: 'true' })
  const page = await browser.newPage()
  const label = page.locator('.date b')
  try {
    for (const path of ['', '/whatsapp', '/nowhere', '?q=google']) {
      for (const [language, words] of [
        ['en', 'Simulated, not real reports'],
        ['bn', 'অনুকৃত, আসল অভিযোগ নয়'],
        ['ar', 'محاكاة، وليست بلاغات حقيقية'],
      ]) {
        await page.goto(`${simulated.origin}/${language}${path}`)
        assert.equal(await label.textContent(), words, `${language}${path}`)
        await page.goto(`${origin}/${language}${path}`)
        assert.equal(await label.count(), 0, `${language}${path} of a server that counts`)
      }
    }
  } finally {
    await page.close()
    await simulated.stop()
  }
})

/** Counts how often a page is loaded from now on. */
function countLoads(page) {
  let loads = 0
  page.on('load', () => loads++)
  return () => loads
}
