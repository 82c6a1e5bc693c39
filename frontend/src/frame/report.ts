/** How long a question must be visible before it can be answered, so that a host page cannot place it under a click. */
const minVisible = 600 // ms

/** Blocks the answer to a question that has just appeared. */
export function guard(form: HTMLFormElement, now: () => number = () => performance.now()): void {
  if (!form.classList.contains('ask')) return
  const since = now()
  form.addEventListener('submit', (event) => {
    if (now() - since < minVisible) event.preventDefault()
  })
}

/** Replaces the form by words and a link where the sandbox of the frame does not let it send. */
export function sealed(form: HTMLFormElement, instead: HTMLElement | null, own: string = self.origin): void {
  if (own !== 'null' || !instead) return
  form.hidden = true
  instead.hidden = false
}
