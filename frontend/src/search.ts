/** The pause in typing after which the server is asked. */
const pause = 150

/**
 * Shows services while a visitor types the name of one. The form works without
 * it, and Enter still sends the form. The arrow keys move from the field into
 * the list and through it.
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
      // A newer request replaced this one, or there is no connection: the form still works.
    }
  }
}
