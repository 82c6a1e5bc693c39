/** Returns how many minutes the visitor's zone is ahead of UTC now. */
export function ahead(): number {
  return -new Date().getTimezoneOffset() || 0
}

/**
 * Returns the query of the page with its times in the visitor's zone, for a page that
 * has this query. The server writes times in UTC unless it is asked for a zone.
 */
export function zoned(search: string, minutes: number = ahead()): string {
  const query = new URLSearchParams(search)
  query.delete('zone')
  if (minutes !== 0) query.set('zone', String(minutes))
  const text = query.toString()
  return text && '?' + text
}
