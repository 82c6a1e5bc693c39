// What a page in a frame does with a script: it tells its height to the page
// around it, keeps its picture fresh, and knows when it may not send. It is whole
// without, keeps nothing, and works in a frame that may do nothing but run it.
import { Fresh } from './frame/fresh'
import { guard, sealed } from './frame/report'

const tell = (message: object): void => parent.postMessage(message, '*')

new ResizeObserver(() => {
  tell({ type: 'outcry:height', height: Math.ceil(document.body.getBoundingClientRect().height) })
}).observe(document.body)

if (document.body.dataset.embed === 'heatmap') new Fresh(document).start()
const form = document.querySelector<HTMLFormElement>('form.report')
if (form) {
  guard(form)
  sealed(form, document.querySelector('[data-sealed]'))
  const said = document.querySelector<HTMLElement>('.said')
  if (said)
    tell({ type: 'outcry:report', service: document.body.dataset.service, counted: said.dataset.state !== 'queued' })
}
