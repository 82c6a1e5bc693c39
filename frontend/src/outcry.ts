// The script of pages: it keeps them live, counts a press of a button without
// loading the page, and finds services while a visitor types. Every page is
// complete without it.
import { building } from './build'
import { ahead } from './clock'
import { copying, place } from './copy'
import { clean, Live, renew } from './live'
import { improve } from './report'
import { searching } from './search'
import { visit } from './visit'

const build = document.querySelector<HTMLFormElement>('form.build')

copying()
place(document)

const { live: topic, visit: visited } = document.body.dataset
if (topic) {
  const live = new Live('/api/v1/events' + (topic === '*' ? '' : '?service=' + encodeURIComponent(topic)))
  live.start()
  if (ahead() !== 0) void live.refresh()
  const form = document.querySelector<HTMLFormElement>('form.report')
  if (form)
    improve(
      form,
      () => Number(document.getElementById('reason')?.dataset.others ?? 0),
      () => live.soon(),
    )
} else if (ahead() !== 0 && !build) void renew() // the page for developers has no times
if (visited) visit(visited)

const find = document.querySelector<HTMLFormElement>('.main form.big')
const found = document.getElementById('found')
if (find && found) searching(find, found)

if (build) building(build)

// The answer to a press is on the page now. A link to this page must not repeat it.
if (location.search !== clean(location.search))
  history.replaceState(null, '', location.pathname + clean(location.search) + location.hash)
