/**
 * Updates the preview and the code of the builder when a choice changes. Without
 * this the form loads the page again, with the same result.
 */
export function building(form: HTMLFormElement): void {
  let latest = 0
  form.addEventListener('change', () => {
    const request = ++latest
    const query = new URLSearchParams(
      [...new FormData(form)].map(([name, value]) => [name, value instanceof File ? value.name : value]),
    )
    void fetch(`${form.action.split('#')[0]}?${query.toString()}`)
      .then((response) => (response.ok ? response.text() : Promise.reject(new Error(`status ${response.status}`))))
      .then((text) => {
        if (request === latest) update(form, new DOMParser().parseFromString(text, 'text/html'))
      })
      .catch(() => form.requestSubmit()) // the page itself shows the error
  })
}

/** Replaces the preview, the code and the choices by those of a newer page. The focus stays. */
function update(form: HTMLFormElement, newer: Document): void {
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
