import { carry, stored } from '../device'
import { write } from '../words'

/** How long a form must be visible before a press counts, so that a host page cannot place it under a click. */
export const minVisible = 600 // ms

/** The part of an entry that newer browsers add: whether nothing covers, fades or distorts the element. */
type Entry = IntersectionObserverEntry & { readonly isVisible?: boolean }

/** Options that ask newer browsers for isVisible. They look at most ten times a second. */
const options: IntersectionObserverInit & { trackVisibility: boolean; delay: number } = {
  trackVisibility: true,
  delay: 100, // ms
}

/**
 * Blocks presses of a form that a person cannot see, or has not seen for long enough.
 * hidden is called when a press is blocked because the form cannot be seen. The server
 * counts only presses that carry the field "visible".
 */
export function guard(form: HTMLFormElement, hidden: () => void, now: () => number = () => performance.now()): void {
  let since: number | undefined = now() // when the form became visible
  if (typeof IntersectionObserver === 'function') {
    since = undefined
    new IntersectionObserver((entries) => {
      const entry = entries[entries.length - 1] as Entry
      if (!(entry.isVisible ?? entry.isIntersecting)) since = undefined
      else since ??= now()
    }, options).observe(form)
  }
  form.addEventListener('submit', (event) => {
    if (since === undefined || now() - since < minVisible) {
      event.preventDefault()
      if (since === undefined) hidden()
      return
    }
    carry(form, 'visible', 'yes')
    const device = stored()
    if (device) carry(form, 'device', device)
  })
}

/**
 * Has a press without a connection answered by the words that the form carries. The
 * browser would show a page of its own in the frame. Nothing is kept here, because
 * a host page's frame may not be able to store anything, and each press is confirmed.
 */
export function connected(form: HTMLFormElement, online: () => boolean = () => navigator.onLine): void {
  form.addEventListener('submit', (event) => {
    if (online()) return
    event.preventDefault()
    let status = form.querySelector<HTMLElement>('[role=status]')
    if (!status) {
      status = document.createElement('p')
      status.setAttribute('role', 'status')
      form.append(status)
    }
    status.className = 'said'
    status.dataset.state = 'queued'
    write(status, form.dataset.offline ?? '')
  })
}

/** Replaces the form by words and a link. */
export function replaceForm(form: HTMLFormElement, instead: HTMLElement | null): void {
  if (!instead) return
  form.hidden = true
  instead.hidden = false
}

/** Replaces the form where the sandbox of the frame does not let it send. */
export function sealed(form: HTMLFormElement, instead: HTMLElement | null, own: string = self.origin): void {
  if (own === 'null') replaceForm(form, instead)
}
