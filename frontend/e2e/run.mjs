// End-to-end tests: a browser at pages of a server of our own.
//
//   npm run e2e
//
// Needs bin/outcry, which scripts/build makes, and Chromium or Chrome. Prints a
// line for each test, and last how many passed.
import assert from 'node:assert/strict'
import { observed, patience, reads, report, runAll, test, threeOthers, until } from './harness.mjs'
import { replay } from './outage.mjs'
import { check } from './pages.mjs'
import { start } from './server.mjs'

const poll = 15_000 // ms, how often a page asks without being told to

const people = (page) => page.locator('#verdict .why b').first()
const said = (page) => page.locator('form.report [role=status]')
const pressed = (page) => page.locator('.rb[aria-pressed=true]')

test('a press is counted in place', async ({ browser, origin }) => {
  await threeOthers(origin, 'whatsapp', 'messaging')
  const page = await browser.newPage({ locale: 'en', viewport: { width: 360, height: 640 } })
  const loads = countLoads(page)
  await page.goto(`${origin}/whatsapp`)
  await reads('people before', people(page), '3 people')
  const places = () => page.evaluate(() => ['h1', '.verdict', '.report', '.sym', '.well', '.report [role=status]', '#reason', '#course'].map((s) => JSON.stringify(document.querySelector(s)?.getBoundingClientRect())).join('\n'))
  const before = await places()
  await page.getByRole('button', { name: 'Messaging', exact: true }).click()
  await reads('the answer', said(page), 'Counted: messaging. You and 3 others in the last 15 minutes.')
  assert.equal(await places(), before, 'the answer moves the page')
  assert.equal(await pressed(page).textContent(), 'Messaging')
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Messaging', 'the button lost the focus')
  await reads('people after', people(page), '4 people')
  assert.equal(await observed(origin, 'whatsapp'), 4)

  await page.getByRole('button', { name: 'Login', exact: true }).click()
  await reads('the answer to a repeat', said(page), 'We have your report. It still counts; one in 30 minutes is enough.')
  assert.equal(await observed(origin, 'whatsapp'), 4)
  assert.equal(loads(), 1, 'the page was loaded again')
  await page.close()
})

test('a press is counted without JavaScript', async ({ browser, origin }) => {
  await threeOthers(origin, 'telegram', 'app')
  const page = await browser.newPage({ locale: 'en', javaScriptEnabled: false })
  await page.goto(`${origin}/telegram`)
  const answers = []
  page.on('response', (response) => {
    const request = response.request()
    if (request.isNavigationRequest()) answers.push(`${request.method()} ${response.status()}`)
  })
  await page.getByRole('button', { name: 'App', exact: true }).click()
  await reads('the answer', said(page), 'Counted: app. You and 3 others in the last 15 minutes.')
  assert.deepEqual(answers, ['POST 303', 'GET 200'])
  assert.equal(await pressed(page).textContent(), 'App')
  await until('reports', () => observed(origin, 'telegram'), 4)

  await page.reload()
  assert.deepEqual(answers.slice(2), ['GET 200'], 'loading the page again sends the report again')
  assert.equal(await pressed(page).textContent(), 'App')
  assert.equal(await observed(origin, 'telegram'), 4)

  await page.getByRole('button', { name: 'Login', exact: true }).click()
  await reads('the answer to a repeat', said(page), 'We have your report. It still counts; one in 30 minutes is enough.')
  assert.equal(await observed(origin, 'telegram'), 4)
  await page.close()
})

test('an open page hears of new reports', async ({ browser, origin }) => {
  const page = await browser.newPage({ locale: 'en' })
  // Without its own asking now and then, only an event can change the page.
  await page.addInitScript((poll) => {
    const set = window.setTimeout
    window.setTimeout = (run, ms, ...rest) => (ms === poll ? 0 : set(run, ms, ...rest))
  }, poll)
  const loads = countLoads(page)
  const stream = page.waitForResponse((r) => r.url().includes('/api/v1/events?service=instagram'), { timeout: patience })
  await page.goto(`${origin}/instagram`)
  assert.equal((await stream).status(), 200)
  await reads('people before', people(page), 'Nobody')
  await report(origin, 'instagram', 'feed', 'another')
  await reads('people after one report', people(page), '1 person')
  await report(origin, 'instagram', 'feed', 'yet another')
  await reads('people after two', people(page), '2 people')
  await reads('the largest symptom', page.locator('#split .split li:has-text("Feed") .share b'), '100.0%')
  assert.equal(loads(), 1, 'the page was loaded again')
  await page.close()
})

test('a service is found', async ({ browser, origin }) => {
  const page = await browser.newPage({ locale: 'en' })
  const search = async (text) => {
    await page.goto(`${origin}/`)
    await page.locator('form.big input').fill(text)
    await page.locator('form.big button').click()
    await page.waitForLoadState()
  }
  await search('whatsap')
  assert.equal(page.url(), `${origin}/whatsapp`, 'the only one that is found is not shown')
  await search('google')
  assert.match((await page.locator('#found h2').textContent()) ?? '', /^\d+ services found$/)
  await page.locator('#found a', { hasText: 'Google Maps' }).click()
  await page.waitForURL(`${origin}/google-maps`, { timeout: patience })
  await search('qqqqqq')
  assert.equal(await page.locator('#found h2').textContent(), 'No service found')
  await page.close()
})

test('a wrong address suggests the right one', async ({ browser, origin }) => {
  const page = await browser.newPage({ locale: 'en' })
  const answer = await page.goto(`${origin}/whatsap`)
  assert.equal(answer.status(), 404)
  assert.equal(await page.locator('h1').textContent(), 'There is no such page')
  await page.locator('.rows a', { hasText: 'WhatsApp' }).click()
  await page.waitForURL(`${origin}/whatsapp`, { timeout: patience })
  assert.equal(await page.locator('h1').textContent(), 'WhatsApp')
  await page.close()
})

test('Bengali pages are Bengali', async ({ browser, origin }) => {
  const page = await browser.newPage({ locale: 'bn', timezoneId: 'Asia/Dhaka', viewport: { width: 360, height: 640 } })
  await page.goto(`${origin}/messenger`) // as the browser asks
  assert.equal(await page.locator('html').getAttribute('lang'), 'bn')
  await threeOthers(origin, 'messenger', 'messaging')
  await page.goto(`${origin}/bn/messenger`)
  assert.equal(await page.locator('h1').textContent(), 'মেসেঞ্জার')
  await page.getByRole('button', { name: 'বার্তা', exact: true }).click()
  await reads('the answer', said(page), 'গোনা হলো: বার্তা। গত ১৫ মিনিটে আপনি ও আরও ৩ জন জানিয়েছেন।')
  await reads('people', people(page), '৪ জন')
  await page.locator('#course details summary').click()
  const text = await page.evaluate(() => {
    for (const quoted of document.querySelectorAll('.foot [lang=en]')) quoted.remove() // the source of countries, in its own words
    return document.body.innerText
  })
  assert.equal(/[0-9]/.exec(text), null, `Latin digits: ${/.{0,30}[0-9].{0,30}/.exec(text)}`)
  assert.match(text, /[০-৯]/)

  await page.locator('.lang summary').click()
  await page.getByRole('link', { name: 'English' }).click()
  await page.waitForURL(`${origin}/en/messenger`, { timeout: patience })
  assert.equal(await page.locator('html').getAttribute('lang'), 'en')
  assert.equal(await people(page).textContent(), '4 people')
  await page.locator('.lang summary').click()
  await page.getByRole('link', { name: 'বাংলা' }).click()
  await page.waitForURL(`${origin}/bn/messenger`, { timeout: patience })
  await page.close()
})

test('who is well says so', async ({ browser, origin }) => {
  await report(origin, 'signal', 'app', 'another')
  await until('reports', () => observed(origin, 'signal'), 1)
  for (const javaScriptEnabled of [true, false]) {
    const page = await browser.newPage({ locale: 'en', javaScriptEnabled })
    await page.goto(`${origin}/signal`)
    await page.getByRole('button', { name: 'Works for me' }).click()
    await reads('the answer', said(page), 'Noted: it works for you. Thank you; that helps to tell when trouble is over.')
    assert.equal(await pressed(page).textContent(), 'Works for me')
    assert.equal(await observed(origin, 'signal'), 1, 'it was counted as a problem')
    await page.close()
  }
})

test('a chart goes back as far as one likes, by keyboard', async ({ browser, origin }) => {
  const page = await browser.newPage({ locale: 'en', javaScriptEnabled: false })
  await page.goto(`${origin}/whatsapp`)
  const now = page.locator('#course .opts').first().locator('[aria-current]')
  assert.equal(await now.textContent(), '15 min', 'a server that has just begun shows more than it counted')
  for (const [choice, note] of [['24 h', 'Reports in 15 minutes, world, UTC.'], ['6 h', 'Reports in 5 minutes, world, UTC.'], ['1 h', 'Reports in 1 minute, world, UTC.']]) {
    await page.locator('#course .opts').first().getByText(choice, { exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/range=/, { timeout: patience })
    await reads('the range', now, choice)
    assert.equal((await page.locator('#course .sec-h .small').textContent())?.startsWith(note), true, choice)
  }
  await page.locator('#course details summary').focus()
  await page.keyboard.press('Space')
  await until('the figures behind the chart', () => page.locator('#course tbody tr').first().isVisible(), true)
  await page.close()
})

test('a service is found while somebody types', async ({ browser, origin }) => {
  const page = await browser.newPage({ locale: 'en' })
  const loads = countLoads(page)
  await page.goto(`${origin}/`)
  const first = page.locator('#found a').first()
  await page.locator('form.big input').first().pressSequentially('whats')
  await reads('what is found', first, 'WhatsApp')
  await page.keyboard.press('ArrowDown')
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'WhatsApp', 'the arrow does not lead to what is found')
  await page.keyboard.press('ArrowUp')
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'q')
  await page.locator('form.big input').first().fill('')
  await until('what is left of it', () => page.locator('#found a').count(), 0)
  assert.equal(loads(), 1)
  await page.close()
})

test('a view of a person is counted once, and told nobody else', async ({ browser, origin }) => {
  const page = await browser.newPage({ locale: 'en' })
  const told = []
  page.on('request', (request) => {
    if (request.url().endsWith('/visit')) told.push(request)
  })
  const answer = page.waitForResponse((r) => r.url() === `${origin}/viber/visit`, { timeout: patience })
  await page.goto(`${origin}/viber`)
  assert.equal((await answer).status(), 204)
  assert.equal((await answer).headers()['set-cookie'], undefined)
  assert.equal(told[0].postData(), null, 'it tells something about the reader')
  assert.equal((await page.context().cookies()).length, 0)
  await page.goto(`${origin}/`)
  assert.equal(told.length, 1, 'other pages tell of views too')
  await page.close()
})

test('Arabic pages run from right to left', async ({ browser, origin }) => {
  const page = await browser.newPage({ locale: 'ar-EG', viewport: { width: 360, height: 640 } })
  await page.goto(`${origin}/snapchat`)
  assert.equal(await page.locator('html').getAttribute('dir'), 'rtl')
  const [mark, field] = await Promise.all(['.mark', '.mast input'].map((s) => page.locator(s).boundingBox()))
  assert(mark.x > field.x, 'the name of the site is not on the right')
  await page.locator('.sym .rb').first().click()
  await reads('the answer', said(page), 'تمّ العدّ: الاتصال. أنت الأول في آخر ١٥ دقيقة.')
  await page.close()
})

test('an outage is told, for ever', async ({ browser }) => {
  const { origin, incident, stop } = await replay()
  const context = await browser.newContext({ locale: 'en', permissions: ['clipboard-read', 'clipboard-write'] })
  const page = await context.newPage()
  try {
    await page.goto(`${origin}/en/whatsapp`)
    assert.equal(await page.locator('.verdict').getAttribute('data-level'), 'outage')
    assert(Number(await page.locator('.places tbody tr').count()) > 5, 'few countries')
    await page.locator('#countries .opts').first().getByText('per million people').click()
    await page.waitForURL(/metric=million/, { timeout: patience })
    assert.match((await page.locator('#countries h2').textContent()) ?? '', /^Most reports per person: /)
    await page.getByRole('link', { name: 'Permanent page of this incident' }).click()
    await page.waitForURL(`${origin}/en/incidents/${incident}`, { timeout: patience })
    assert.match((await page.locator('h1').textContent()) ?? '', /^WhatsApp has been down for /)
    const line = (await page.locator('.quote p').first().textContent()) ?? ''
    assert.match(line, /^At \d\d:\d\d UTC on .* reports of trouble with WhatsApp .* worldwide .*points\)\. Source: Outcry\. Simulated/)
    await page.locator('[data-copy]').first().click()
    await reads('what is said of it', page.locator('[data-copied]'), 'Copied.')
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), line)
    await page.goto(`${origin}/en/whatsapp/history`)
    assert.equal(await page.locator(`.past a[href="/en/incidents/${incident}"]`).count(), 1)
    const { faults } = await check(browser, origin, ['/', '/whatsapp', '/whatsapp?metric=usual', `/incidents/${incident}`, '/whatsapp/history'])
    assert.deepEqual(faults, [])
  } finally {
    await context.close()
    await stop()
  }
})

test('pages keep to their limits', async ({ browser, origin }) => {
  const { faults } = await check(browser, origin, ['/', '/?country=BD', '/whatsapp', '/whatsapp?range=24h&metric=million', '/whatsapp/history', '/method', '/developers', '/nowhere'])
  assert.deepEqual(faults, [])
})

test('a simulation says so on every page', async ({ browser, origin }) => {
  const simulated = await start({ OUTCRY_SIMULATED: 'true' })
  const page = await browser.newPage()
  const label = page.locator('.date b')
  try {
    for (const path of ['', '/whatsapp', '/nowhere', '?q=google']) {
      for (const [language, words] of [['en', 'Simulated, not real reports'], ['bn', 'অনুকৃত, আসল অভিযোগ নয়'], ['ar', 'محاكاة، وليست بلاغات حقيقية']]) {
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

await runAll()
