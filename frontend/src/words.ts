/** Replaces {n} and {symptom} in a message of the server by values. */
export function fill(message: string, values: Record<string, string>): string {
  return message.replace(/\{(\w+)\}/g, (mark, name: string) => values[name] ?? mark)
}

/** Writes a message into an element. Text between ** marks is strong. */
export function write(target: Element, message: string): void {
  const nodes = message.split('**').map((text, i) => {
    if (i % 2 === 0) return document.createTextNode(text)
    const strong = document.createElement('b')
    strong.textContent = text
    return strong
  })
  target.replaceChildren(...nodes)
}

/** Rounds a number for prose: to three significant digits. */
export function round(n: number): number {
  return n < 1000 ? n : Number(n.toPrecision(3))
}

/** Returns the language tag with the digits that the server uses. Browsers differ for Arabic. */
export function digits(language: string): string {
  return language === 'ar' ? 'ar-u-nu-arab' : language
}

/** Returns a number in the digits of the page's language. */
export function number(n: number, language: string): string {
  return new Intl.NumberFormat(digits(language), { useGrouping: true }).format(n)
}

/** Returns the time of day of a moment, in the zone of the visitor and the digits of the page's language. */
export function clock(moment: number, language: string): string {
  const form = new Intl.DateTimeFormat(digits(language), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  return form.format(moment)
}

/** Returns a name as it is written within a sentence: in English without its capital. */
export function inline(name: string, language: string): string {
  const second = name.charAt(1)
  if (language !== 'en' || (second !== second.toLowerCase() && second === second.toUpperCase())) return name
  return name.charAt(0).toLowerCase() + name.slice(1)
}
