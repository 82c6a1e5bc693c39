import { digits } from './words'

/** Writes a time in the visitor's zone, with the zone. */
export function local(time: Date, language: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(digits(language), {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    timeZone,
  }).format(time)
}

/**
 * Turns the times of the verdict from UTC to the visitor's zone. Dates stay, and
 * so does all in a zone that has the time of UTC. Words that change are put there
 * anew: what moved beside them would count as a shift of the page.
 */
export function localise(root: ParentNode, language: string): void {
  if (new Date().getTimezoneOffset() === 0) return
  for (const when of root.querySelectorAll<HTMLElement>('.verdict .when')) {
    const anew = when.cloneNode(true) as HTMLElement
    for (const time of anew.querySelectorAll<HTMLTimeElement>('time[data-clock]')) {
      time.title = time.textContent ?? ''
      time.textContent = local(new Date(time.dateTime), language)
    }
    when.replaceWith(anew)
  }
}
