// The script of a page in a frame: it sends the height of the page to the host
// page, refreshes the picture, and guards the form against host pages that hide
// it. Only the form stores something, a random number for the tab, and all of it
// works in a sandbox that allows scripts only.
import { Fresh } from './frame/fresh'
import { connected, guard, replaceForm, sealed } from './frame/report'

const post = (message: object): void => parent.postMessage(message, '*')

new ResizeObserver(() => {
  post({ type: 'outcry:height', height: Math.ceil(document.body.getBoundingClientRect().height) })
}).observe(document.body)

if (document.body.dataset.embed === 'heatmap') new Fresh(document).start()
const form = document.querySelector<HTMLFormElement>('form.report')
if (form) {
  const instead = document.querySelector<HTMLElement>('[data-sealed]')
  guard(form, () => replaceForm(form, instead))
  sealed(form, instead)
  connected(form)
  const answer = document.querySelector<HTMLElement>('.said')
  if (answer)
    post({ type: 'outcry:report', service: document.body.dataset.service, counted: answer.dataset.state !== 'queued' })
}
