/** Where the script came from, which is where its numbers are. */
const script = document.currentScript
const loaded = script instanceof HTMLScriptElement && script.src ? new URL(script.src).origin : location.origin

/** The server that an element asks: the one its script came from, unless it names another. */
export function server(element: Element): string {
  return element.getAttribute('origin') ?? loaded
}

/** The language of an element: its own, or that of the page around it. */
export function language(element: Element): string {
  return element.getAttribute('language') || element.closest('[lang]')?.getAttribute('lang') || 'en'
}
