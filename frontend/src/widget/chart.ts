import { hatch, html, svg, swatch } from './nodes'
import { Picture } from './picture'
import type { ChartView, View } from './view'

/** <outcry-chart service="whatsapp">: the reports over time and their baseline, with a table. */
export class Chart extends Picture {
  protected readonly kind = 'chart'

  protected draw(view: View): Node[] {
    const { chart } = view
    if (!chart) return []
    return [
      html('p', {}, html('b', {}, chart.title), html('br'), html('span', { class: 'small' }, chart.note)),
      picture(chart),
      key(chart),
    ]
  }
}

/** Returns paths in a box of 1000 by 1000 that is stretched over the drawing. */
function stretched(...children: (SVGElement | false)[]): SVGElement {
  return svg(
    'svg',
    { viewBox: '0 0 1000 1000', preserveAspectRatio: 'none', width: '100%', height: '100%', overflow: 'visible' },
    ...children,
  )
}

function picture(chart: ChartView): SVGElement {
  const { mark, last } = chart
  const axis = '85%'
  return svg(
    'svg',
    { part: 'chart', class: 'chart', role: 'img', 'aria-label': chart.label },
    hatch(),
    ...chart.lines.map(({ at }) => svg('line', { class: 'grid', x1: '0', x2: '100%', y1: at, y2: at })),
    stretched(!!chart.band && svg('path', { class: 'band', d: chart.band })),
    ...chart.gaps.map(({ x, width }) => svg('rect', { class: 'gap', x, y: '7%', width, height: '78%' })),
    stretched(
      svg('path', { class: 'count', d: chart.count }),
      !!chart.over && svg('path', { class: 'over', d: chart.over }),
    ),
    svg('line', { class: 'axis', x1: '0', x2: '100%', y1: axis, y2: axis }),
    ...chart.strips.map(({ x, width, level }) =>
      svg('rect', { class: `strip-${level}`, x, width, y: '86%', height: '3%' }),
    ),
    ...chart.lines.map(({ at, text }) => svg('text', { x: '0', y: at, dy: '-4' }, text)),
    ...chart.times.map(({ at, text, anchor, wide }) =>
      svg('text', { x: at, y: '99%', 'text-anchor': anchor, class: wide ? 'wide' : undefined }, text),
    ),
    mark && svg('line', { class: 'mark', x1: mark.x, x2: mark.x, y1: '7%', y2: axis }),
    mark && svg('text', { class: 'strong', x: mark.text_x, y: mark.y, 'text-anchor': mark.anchor }, mark.text),
    last &&
      svg(
        'text',
        { class: last.above ? 'hot' : 'strong', x: last.text_x, y: last.text_y, 'text-anchor': 'end' },
        last.text,
      ),
    last?.x !== undefined && svg('circle', { class: last.above ? 'dot hot' : 'dot', cx: last.x, cy: last.y, r: '5' }),
  )
}

const fields: Record<string, string> = { band: 'usual', gap: 'gap', warning: 'strip-warning', outage: 'strip-outage' }

function key(chart: ChartView): HTMLElement {
  const entries = chart.keys.map(({ kind, text }) => {
    const field = fields[kind]
    const sample = field
      ? swatch(field)
      : svg(
          'svg',
          { 'aria-hidden': 'true', class: 'chart' },
          svg('line', { class: kind, x1: '0', x2: '100%', y1: '50%', y2: '50%' }),
        )
    return html('li', {}, sample, text)
  })
  return html('ul', { part: 'legend', class: 'key' }, ...entries)
}
