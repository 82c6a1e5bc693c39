/** The address of the script on a server, also of a numbered version. */
const own = /https?:\/\/[^\s()@]+(?=\/widget\/v[\d.]+\/outcry\.js)/i

/**
 * Returns the server that a script came from, by the places that may name its
 * address: the element that loads it, or for a module the place where it runs. It
 * returns undefined for a script that is part of a bundle of the host page.
 */
export function serverOf(...places: (string | undefined)[]): string | undefined {
  for (const place of places) {
    const found = own.exec(place ?? '')
    if (found) return found[0]
  }
  return undefined
}

const script = document.currentScript
// A script that also runs as a classic one cannot name import.meta. A stack of calls names its address too.
const loaded = serverOf(script instanceof HTMLScriptElement ? script.src : '', new Error().stack)

/** Reports whether an address is of the web, and so runs no script here. */
export const leads = (address: string): boolean => /^https?:\/\//i.test(address)

/** Returns the server of an element: the one that it names, or else that of its script. It returns undefined if both are unknown. */
export function server(element: Element): string | undefined {
  const named = element.getAttribute('origin') ?? ''
  try {
    if (!leads(named)) return loaded
    const { origin, pathname } = new URL(named)
    return origin + pathname.replace(/\/+$/, '')
  } catch {
    return loaded
  }
}

/** Returns what an element shows to the author of a host page when its server is not known. */
export function hint(element: Element): string {
  return `<${element.localName}> does not know its server, because its script is part of a bundle. Name it: origin="https://…"`
}

/** Returns the language of an element: its own, or that of the host page. */
export function language(element: Element): string {
  return element.getAttribute('language') || element.closest('[lang]')?.getAttribute('lang') || 'en'
}
