/** The parts of a page that change while it is open. */
const live = [
  'date',
  'kept',
  'verdict',
  'reason',
  'course',
  'split',
  'countries',
  'related',
  'story',
  'facts',
  'past',
  'where',
  'headline',
  'now',
  'all',
]

/**
 * Replaces the live parts of a page by those of a newer copy. A part that has the
 * keyboard focus is left for the next time. What is unfolded stays unfolded. The
 * page does not move.
 */
export function swap(page: Document, newer: Document): void {
  page.title = newer.title
  for (const id of live) {
    const old = page.getElementById(id)
    const next = newer.getElementById(id)
    if (!old || !next || old.outerHTML === next.outerHTML || old.contains(page.activeElement)) continue
    const key = (d: Element, i: number) => d.id || i // lists come and go, charts do not
    const open = new Map([...old.querySelectorAll('details')].map((d, i) => [key(d, i), d.open]))
    next.querySelectorAll('details').forEach((d, i) => (d.open = open.get(key(d, i)) ?? false))
    old.replaceWith(page.adoptNode(next))
  }
}
