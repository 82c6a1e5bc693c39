// Keeps a page live and counts a press of a button in place. Every page is
// whole without it.
import { localise } from './clock'
import { clean, Live } from './live'
import { improve } from './report'

localise(document, document.documentElement.lang)

const what = document.body.dataset.live
if (what) {
  const live = new Live('/api/v1/events' + (what === '*' ? '' : '?service=' + encodeURIComponent(what)))
  live.start()
  const form = document.querySelector<HTMLFormElement>('form.report')
  if (form) improve(form, () => Number(document.getElementById('reason')?.dataset.others ?? 0), () => live.soon())
}

// The answer to a press has been shown; a link to this page should not hold it.
if (location.search !== clean(location.search)) history.replaceState(null, '', location.pathname + clean(location.search) + location.hash)
