// Keeps a page live, counts a press of a button in place, and finds services
// while somebody types. Every page is whole without it.
import { building } from './build'
import { localise } from './clock'
import { copying, place } from './copy'
import { clean, Live } from './live'
import { improve } from './report'
import { searching } from './search'
import { visit } from './visit'

localise(document, document.documentElement.lang)
copying()
place(document)

const { live: what, visit: seen } = document.body.dataset
if (what) {
  const live = new Live('/api/v1/events' + (what === '*' ? '' : '?service=' + encodeURIComponent(what)))
  live.start()
  const form = document.querySelector<HTMLFormElement>('form.report')
  if (form)
    improve(
      form,
      () => Number(document.getElementById('reason')?.dataset.others ?? 0),
      () => live.soon(),
    )
}
if (seen) visit(seen)

const find = document.querySelector<HTMLFormElement>('.main form.big')
const found = document.getElementById('found')
if (find && found) searching(find, found)

const build = document.querySelector<HTMLFormElement>('form.build')
if (build) building(build)

// The answer to a press has been shown; a link to this page should not hold it.
if (location.search !== clean(location.search))
  history.replaceState(null, '', location.pathname + clean(location.search) + location.hash)
