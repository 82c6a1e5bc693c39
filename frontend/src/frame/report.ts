import { carry, stored } from '../device'

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
