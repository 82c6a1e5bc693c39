/** The origin of the script, which also serves its numbers. */
const script = document.currentScript
const loaded = script instanceof HTMLScriptElement && script.src ? new URL(script.src).origin : location.origin

/** Reports whether an address is of the web, and so runs no script here. */
export const leads = (address: string): boolean => /^https?:\/\//i.test(address)

/** Returns the server of an element: the one of its script, unless the element names another. */
export function server(element: Element): string {
  const named = element.getAttribute('origin') ?? ''
  try {
    return leads(named) ? new URL(named).origin : loaded
  } catch {
    return loaded
  }
}

/** Returns the language of an element: its own, or that of the host page. */
export function language(element: Element): string {
  return element.getAttribute('language') || element.closest('[lang]')?.getAttribute('lang') || 'en'
}
