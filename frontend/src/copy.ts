/** Makes the buttons beside quotes copy them. The listener is on the document, because parts of a page are replaced. */
export function copying(): void {
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('[data-copy]') : null
    const text = button?.closest('blockquote, .snippet')?.querySelector('p, pre')?.textContent
    if (!button || !text) return
    void navigator.clipboard?.writeText(text).then(() => {
      const status = document.querySelector<HTMLElement>('[data-copied]')
      if (status) status.textContent = status.dataset.copied ?? ''
      button.setAttribute('aria-pressed', 'true')
      window.setTimeout(() => button.removeAttribute('aria-pressed'), 2_000)
    })
  })
}

/** Corrects addresses in texts: the server, which may not know its public name, wrote the host that it was called by. */
export function place(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>('[data-origin]')) {
    const { origin } = element.dataset
    const text = element.textContent ?? ''
    const own = origin?.includes('://') ? location.origin : location.host
    element.textContent = origin ? text.split(origin).join(own) : own + text
    element.removeAttribute('data-origin')
  }
}
