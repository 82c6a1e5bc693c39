/** How long somebody must have stopped typing before the server is asked. */
const pause = 150

/**
 * Shows services while somebody types the name of one. The form works without
 * it, and pressing Enter still sends it. Down leads from the field into the
 * list, up and down through it.
 */
export function searching(form: HTMLFormElement, list: HTMLElement): void {
  const field = form.querySelector<HTMLInputElement>('input[name=q]')
  if (!field) return
  let timer: number | undefined
  let asked: AbortController | undefined
  field.setAttribute('autocomplete', 'off')
  field.addEventListener('input', () => {
    window.clearTimeout(timer)
    timer = window.setTimeout(() => void find(field.value.trim()), pause)
  })
  document.addEventListener('keydown', (event) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    const stops = [field, ...list.querySelectorAll<HTMLElement>('a')]
    const now = stops.indexOf(document.activeElement as HTMLElement)
    const next = stops[now + step]
    if (!step || now < 0 || !next) return
    event.preventDefault()
    next.focus()
  })

  async function find(text: string): Promise<void> {
    asked?.abort()
    if (!text) {
      list.replaceChildren()
      return
    }
    asked = new AbortController()
    try {
      const response = await fetch(`${form.action}?part=found&q=${encodeURIComponent(text)}`, { signal: asked.signal })
      const found =
        response.ok && new DOMParser().parseFromString(await response.text(), 'text/html').getElementById(list.id)
      if (found) list.replaceChildren(...found.childNodes)
    } catch {
      // Another letter came first, or there is no connection: the form is still there.
    }
  }
}
