/** What an element shows of a service, in words. It is the contract of /widget/v1. */
export interface View {
  service: string
  name: string
  lang: string
  dir: string
  href: string
  level: string
  word: string
  since?: string
  as_of: string
  as_of_text: string
  stale_text: string
  total: number
  sentence: string
  here?: { code: string; text: string }
  map?: MapView
  chart?: ChartView
  table?: TableView
  notes?: string[]
  link: string
}

export interface MapView {
  label: string
  title: string
  shades: Record<string, number>
  texts: { x: string; y: string; anchor: string; text: string }[]
  ramp: string[]
  few?: string
  none: string
  small?: string
}

export interface Span {
  x: string
  width: string
}

export interface ChartView {
  title: string
  note: string
  label: string
  lines: { at: string; text: string }[]
  times: { at: string; text: string; anchor?: string; wide?: boolean }[]
  band: string
  count: string
  over: string
  gaps: Span[]
  strips: (Span & { level: string })[]
  mark?: { x: string; text_x: string; y: string; anchor: string; text: string }
  last?: { x?: string; y?: string; text_x: string; text_y: string; text: string; above: boolean }
  keys: { kind: string; text: string }[]
}

export interface TableView {
  summary: string
  caption: string
  head: string[]
  rows: string[][]
}
