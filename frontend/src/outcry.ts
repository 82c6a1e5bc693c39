// The script of pages: it keeps them live, and finds services while a visitor
// types. Every page is complete without it.
import { building } from './build'
import { ahead } from './clock'
import { copying, place } from './copy'
import { clean, counted, Live, renew } from './live'
import { returning } from './returning'
import { searching } from './search'
import { api } from './site'
import { visit } from './visit'

const build = document.querySelector<HTMLFormElement>('form.build')

copying()
place(document)

const { live: topic, visit: visited, worker } = document.body.dataset
if (topic) {
  const live = new Live(api + '/events' + (topic === '*' ? '' : '?service=' + encodeURIComponent(topic)))
  live.start()
  if (ahead() !== 0) void live.refresh()
  document.addEventListener(counted, () => live.soon())
} else if (ahead() !== 0 && !build) void renew() // the page for developers has no times
if (visited) visit(visited)

if (worker)
  window.addEventListener('load', () => {
    // Where the browser refuses it, pages are read online only.
    navigator.serviceWorker?.register(worker).catch((error: unknown) => console.debug(error))
  })
if (!location.pathname.endsWith('/offline') && document.getElementById('kept-pages')) returning()

const find = document.querySelector<HTMLFormElement>('.main form.big')
const found = document.getElementById('found')
if (find && found) searching(find, found)

if (build) building(build)

// The answer to a press is on the page now. A link to this page must not repeat it.
if (location.search !== clean(location.search))
  history.replaceState(null, '', location.pathname + clean(location.search) + location.hash)
