import { digits } from './words'

/** Returns a time in the visitor's zone, with the zone. */
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
 * Changes the times of the verdict from UTC to the visitor's zone. Dates stay. In a
 * zone that has the time of UTC nothing changes. The text is replaced by a changed
 * copy, because what moves beside a changed text counts as a layout shift.
 */
export function localise(root: ParentNode, language: string): void {
  if (new Date().getTimezoneOffset() === 0) return
  for (const when of root.querySelectorAll<HTMLElement>('.verdict .when')) {
    const copy = when.cloneNode(true) as HTMLElement
    for (const time of copy.querySelectorAll<HTMLTimeElement>('time[data-clock]')) {
      time.title = time.textContent ?? ''
      time.textContent = local(new Date(time.dateTime), language)
    }
    when.replaceWith(copy)
  }
}
