/**
 * Shows what is built while somebody chooses. Without it the form loads the page
 * again, and the server does the same.
 */
export function building(form: HTMLFormElement): void {
  let latest = 0
  form.addEventListener('change', () => {
    const mine = ++latest
    const query = new URLSearchParams(
      [...new FormData(form)].map(([name, value]) => [name, value instanceof File ? value.name : value]),
    )
    void fetch(`${form.action.split('#')[0]}?${query.toString()}`)
      .then((response) => (response.ok ? response.text() : Promise.reject(new Error(`status ${response.status}`))))
      .then((text) => {
        if (mine === latest) show(form, new DOMParser().parseFromString(text, 'text/html'))
      })
      .catch(() => form.requestSubmit()) // the page itself says what is wrong
  })
}

/** Puts what is built anew in place; the choices too, keeping the focus where it was. */
function show(form: HTMLFormElement, newer: Document): void {
  const built = document.getElementById('built')
  const next = newer.getElementById('built')
  const choices = newer.querySelector('form.build')
  if (!built || !next || !choices) return
  built.replaceWith(document.adoptNode(next))
  const focused =
    document.activeElement instanceof HTMLElement && form.contains(document.activeElement)
      ? document.activeElement.getAttribute('name')
      : null
  form.replaceChildren(...[...choices.childNodes].map((node) => document.adoptNode(node)))
  if (focused) form.querySelector<HTMLElement>(`[name="${focused}"]`)?.focus()
}
