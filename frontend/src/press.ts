// The script of pages with report buttons or live numbers: it has a press counted
// without loading the page, keeps it while there is no connection, and sends what
// earlier pages kept.
import { counted } from './live'
import { presses, start } from './presses'
import { Form, say, shownLater } from './report'

const buttons = document.querySelector<HTMLFormElement>('form.report')
const queue = presses((outcome) => {
  if (!form?.settled(outcome)) say(notice(), shownLater(outcome, document.body.dataset, document.documentElement.lang))
})
const form =
  buttons &&
  new Form(
    buttons,
    queue,
    () => Number(document.getElementById('reason')?.dataset.others ?? 0),
    () => document.dispatchEvent(new Event(counted)),
  )

void form?.restore()
start(queue)

/** Returns the place of a message about a press on the page of another service. */
function notice(): Element {
  const found = document.getElementById('notice')
  if (found) return found
  const added = document.createElement('p')
  added.id = 'notice'
  added.setAttribute('role', 'status')
  document.querySelector('.date')?.after(added)
  return added
}
