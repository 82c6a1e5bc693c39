/** Where the script came from, which is where its numbers are. */
const script = document.currentScript
const loaded = script instanceof HTMLScriptElement && script.src ? new URL(script.src).origin : location.origin

/** Whether an address leads to a page, and runs nothing where it stands. */
export const leads = (address: string): boolean => /^https?:\/\//i.test(address)

/** The server that an element asks: the one its script came from, unless it names another. */
export function server(element: Element): string {
  const named = element.getAttribute('origin') ?? ''
  try {
    return leads(named) ? new URL(named).origin : loaded
  } catch {
    return loaded
  }
}

/** The language of an element: its own, or that of the page around it. */
export function language(element: Element): string {
  return element.getAttribute('language') || element.closest('[lang]')?.getAttribute('lang') || 'en'
}
