import { digits } from './words'

/** Writes a time in the visitor's zone, with the zone. */
export function local(time: Date, language: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(digits(language), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short', timeZone }).format(time)
}

/** Turns the times of the verdict from UTC to the visitor's zone. Dates stay, and so does all in a zone that has the time of UTC. */
export function localise(root: ParentNode, language: string): void {
  if (new Date().getTimezoneOffset() === 0) return
  for (const element of root.querySelectorAll<HTMLTimeElement>('.verdict time[data-clock]')) {
    element.title = element.textContent ?? ''
    element.textContent = local(new Date(element.dateTime), language)
  }
}
