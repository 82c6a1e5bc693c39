// The script of the button "Tell me when it is back" on the page of a service, or
// "Tell me when it breaks" without trouble. The button is shown where the browser
// can show notifications.
import { renewed } from './live'
import { Asker, Refused } from './push'
import { current, type When } from './told'
import { write } from './words'

const button = document.querySelector<HTMLButtonElement>('#tell')
const status = document.getElementById('told')
const { worker } = document.body.dataset
if (button && status && worker && 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window)
  offer(button, status, new Asker(worker, button.dataset.key ?? '', button.dataset.service ?? ''))

/** Shows the button, and has it ask or stop. */
function offer(button: HTMLButtonElement, status: HTMLElement, asker: Asker): void {
  const words = button.dataset
  const incident = (): string => document.getElementById('reason')?.dataset.incident ?? ''
  const told = () => current(Date.now(), asker.service, incident())
  let said = '' // the answer to the last press, until something changes
  let shown = ''

  const show = (): void => {
    const one = told()
    const when: When = incident() ? 'over' : 'breaks'
    button.textContent = (one ? words.stop : words[when]) ?? ''
    const text = (one && (when === 'over' ? words.toldOver : words.toldBreaks)) ?? said
    if (text !== shown) write(status, (shown = text))
    button.hidden = false
  }

  const answer = async (): Promise<string | undefined> => {
    const one = told()
    if (one) {
      await asker.stop(one)
      return words.stopped
    }
    if (Notification.permission === 'default') write(status, (shown = words.ask ?? ''))
    await asker.ask(incident() ? 'over' : 'breaks', incident(), document.documentElement.lang)
    return ''
  }

  button.addEventListener('click', () => {
    if (button.ariaDisabled) return // one press at a time; disabling it would lose the focus
    button.ariaDisabled = 'true'
    void answer()
      .catch((error: unknown) => (error instanceof Refused ? words[error.why] : (console.debug(error), words.failed)))
      .then((text) => {
        said = text ?? ''
        button.ariaDisabled = null
        shown = '\0' // what was said while it took place is replaced
        show()
      })
  })
  document.addEventListener(renewed, show)
  void asker.reconcile().then(show, show)
}
