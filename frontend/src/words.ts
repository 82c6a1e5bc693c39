/** Puts values into a message of the server, in which {n} and {symptom} stand for them. */
export function fill(message: string, values: Record<string, string>): string {
  return message.replace(/\{(\w+)\}/g, (mark, name: string) => values[name] ?? mark)
}

/** Writes a message as nodes. What lies between ** marks is strong. */
export function write(target: Element, message: string): void {
  const nodes = message.split('**').map((text, i) => {
    if (i % 2 === 0) return document.createTextNode(text)
    const strong = document.createElement('b')
    strong.textContent = text
    return strong
  })
  target.replaceChildren(...nodes)
}

/** Rounds as prose does: to three significant digits. */
export function round(n: number): number {
  return n < 1000 ? n : Number(n.toPrecision(3))
}

/** The language with the digits that the server writes it in: browsers differ for Arabic. */
export function digits(language: string): string {
  return language === 'ar' ? 'ar-u-nu-arab' : language
}

/** Writes a number with the digits of the page's language. */
export function number(n: number, language: string): string {
  return new Intl.NumberFormat(digits(language), { useGrouping: true }).format(n)
}

/** Writes a name as it stands within a sentence: English ones without their capital. */
export function inline(name: string, language: string): string {
  const second = name.charAt(1)
  if (language !== 'en' || (second !== second.toLowerCase() && second === second.toUpperCase())) return name
  return name.charAt(0).toLowerCase() + name.slice(1)
}
