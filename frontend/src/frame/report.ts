/** How long a question must have been seen before it can be answered: a page of others cannot swap it in under a click. */
const seen = 600 // ms

/** Keeps a question from being answered before it was seen. */
export function guard(form: HTMLFormElement, now: () => number = () => performance.now()): void {
  if (!form.classList.contains('ask')) return
  const shown = now()
  form.addEventListener('submit', (event) => {
    if (now() - shown < seen) event.preventDefault()
  })
}

/** In a frame whose page may not send, the form gives way to words and a link. */
export function sealed(form: HTMLFormElement, instead: HTMLElement | null, own: string = self.origin): void {
  if (own !== 'null' || !instead) return
  form.hidden = true
  instead.hidden = false
}
