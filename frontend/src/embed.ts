// The script of a page in a frame: it sends the height of the page to the host
// page, refreshes the picture, and hides the form where it may not be sent. The
// page is complete without it. It stores nothing, and needs no permission of a
// sandbox but to run.
import { Fresh } from './frame/fresh'
import { guard, sealed } from './frame/report'

const post = (message: object): void => parent.postMessage(message, '*')

new ResizeObserver(() => {
  post({ type: 'outcry:height', height: Math.ceil(document.body.getBoundingClientRect().height) })
}).observe(document.body)

if (document.body.dataset.embed === 'heatmap') new Fresh(document).start()
const form = document.querySelector<HTMLFormElement>('form.report')
if (form) {
  guard(form)
  sealed(form, document.querySelector('[data-sealed]'))
  const answer = document.querySelector<HTMLElement>('.said')
  if (answer)
    post({ type: 'outcry:report', service: document.body.dataset.service, counted: answer.dataset.state !== 'queued' })
}
