/** The parts of a page that change while it is open. */
const live = [
  'verdict',
  'reason',
  'course',
  'split',
  'countries',
  'related',
  'story',
  'facts',
  'where',
  'headline',
  'now',
  'all',
]

/**
 * Brings the live parts of a page up to those of a newer copy of it, in place.
 * A part somebody is in, by keyboard, waits for the next time; what is unfolded
 * stays unfolded. It does not move the page.
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
