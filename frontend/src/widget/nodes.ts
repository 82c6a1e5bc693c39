type Child = Node | string | undefined | false
type Attributes = Record<string, string | undefined>

/** Returns a new HTML element. Text is never parsed as markup. */
export function html<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(name), attributes, children)
}

/** Returns a new SVG element. */
export function svg(name: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children)
}

function fill<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, value)
  element.append(...children.filter((child): child is Node | string => !!child))
  return element
}

const shapes: Record<string, string> = {
  outage: 'M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 16.1V7.9zM6 10v4h12v-4z',
  warning: 'M12 1.5 23.5 22H.5zM10.8 8.5v7h2.4v-7zm0 8.7v2.4h2.4v-2.4z',
}

/** Returns the symbol of a level. */
export function shape(level: string): SVGElement {
  const path = shapes[level]
  return svg(
    'svg',
    { class: 'shape', viewBox: '0 0 24 24', 'aria-hidden': 'true' },
    path
      ? svg('path', { fill: 'currentColor', 'fill-rule': 'evenodd', d: path })
      : svg('circle', {
          cx: '12',
          cy: '12',
          r: '8.5',
          fill: 'none',
          stroke: 'currentColor',
          'stroke-width': '3',
          'stroke-dasharray': level === 'unknown' ? '4.5 4.4' : undefined,
        }),
  )
}

/** Returns a filled field of a key. */
export function swatch(className: string): SVGElement {
  return svg('svg', { 'aria-hidden': 'true' }, svg('rect', { width: '100%', height: '100%', class: className }))
}

/** Returns the pattern for numbers that are missing or too small to show. */
export function hatch(): SVGElement {
  return svg(
    'defs',
    {},
    svg(
      'pattern',
      { id: 'hatch', width: '6', height: '6', patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
      svg('path', { class: 'hatching', d: 'M0 3h6' }),
    ),
  )
}
