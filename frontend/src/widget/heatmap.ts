import { dots, height, paths, width } from '../../world/world.json'
import { hatch, html, svg, swatch } from './nodes'
import { Picture } from './picture'
import type { MapView, View } from './view'

const outlines: Record<string, string> = paths
const places: Record<string, number[]> = dots

/** <outcry-heatmap service="whatsapp">: the countries that reports come from, as a map with a table. */
export class Heatmap extends Picture {
  protected readonly kind = 'heatmap'

  protected draw(view: View): Node[] {
    const { map, here } = view
    if (!map) return []
    return [html('p', { class: 'small' }, map.title), picture(map, here?.code), key(map)]
  }
}

/** Returns the class of a shade: a1 to a5, or the one for hatching. */
function shadeOf(shade: number): string {
  return shade > 0 ? `a${shade}` : 'few'
}

function picture(map: MapView, here: string | undefined): SVGElement {
  let rest = ''
  let quiet = ''
  const shapes: SVGElement[] = []
  for (const [code, d] of Object.entries(outlines)) {
    const shade = map.shades[code]
    if (shade) shapes.push(svg('path', { class: shadeOf(shade) + (code === here ? ' here' : ''), d }))
    else rest += d
  }
  const circles: SVGElement[] = []
  for (const [code, [x, y]] of Object.entries(places)) {
    const shade = map.shades[code]
    if (shade)
      circles.push(
        svg('circle', { class: shadeOf(shade) + (code === here ? ' here' : ''), cx: String(x), cy: String(y), r: '5' }),
      )
    else quiet += `M${x} ${y}h0`
  }
  return svg(
    'svg',
    { part: 'map', class: 'map', role: 'img', 'aria-label': map.label },
    hatch(),
    svg(
      'svg',
      { viewBox: `0 0 ${width} ${height}` },
      svg('path', { class: 'land', d: rest }),
      svg('path', { class: 'quiet', d: quiet }),
      ...shapes,
      ...circles,
    ),
    ...map.texts.map((label) => svg('text', { x: label.x, y: label.y, 'text-anchor': label.anchor }, label.text)),
  )
}

function key(map: MapView): HTMLElement {
  const ramp = map.ramp.map((text, i) => html('li', { class: `a${i + 1}` }, text))
  const rest = [
    map.few && html('li', {}, swatch('few'), map.few),
    html('li', {}, swatch('land'), map.none),
    map.small &&
      html(
        'li',
        {},
        svg('svg', { 'aria-hidden': 'true', viewBox: '0 0 24 12' }, svg('circle', { cx: '12', cy: '6', r: '5' })),
        map.small,
      ),
  ]
  return html(
    'div',
    { part: 'legend', class: 'legend' },
    html('ul', { class: 'ramp' }, ...ramp),
    html('ul', { class: 'key' }, ...rest),
  )
}
