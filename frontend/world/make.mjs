// Writes world.json, the map that Outcry draws: the countries of Natural Earth
// at 1:50 million, projected to Equal Earth, 1000 wide, in whole numbers, so that
// drawing it takes no library.
//
//   npm run world
//
// "paths" holds outlines by ISO 3166-1 alpha-2 code, as SVG path data of relative
// moves; "-" is land without a code. "dots" holds the places of countries that are
// too small to be seen, with or without an outline. Borders are the de facto ones
// of Natural Earth; who must show others replaces this file.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { geoEqualEarth, geoPath } from 'd3-geo'
import { feature } from 'topojson-client'
import { presimplify, simplify } from 'topojson-simplify'

const width = 1000
const detail = 2 // px², the smallest triangle that is kept of an outline
const visible = 6 // px², below which a country is a dot
const antarctica = 'AQ' // not drawn: nobody reports from there

// Natural Earth draws these inside another country, or not at all: longitude and
// latitude of their middle.
const unshaped = {
  BQ: [-68.27, 12.18],
  BV: [3.36, -54.42],
  CC: [96.83, -12.17],
  CX: [105.63, -10.49],
  GF: [-53.1, 3.9],
  GI: [-5.35, 36.14],
  GP: [-61.55, 16.24],
  MQ: [-61.02, 14.64],
  RE: [55.54, -21.12],
  SJ: [16.4, 78.6],
  TK: [-171.85, -9.2],
  TV: [179.2, -8.52],
  UM: [166.65, 19.3],
  YT: [45.17, -12.83],
}
// What Natural Earth gives no number: Kosovo has a code that ISO leaves to its
// users; the others belong to these countries in ISO 3166-1, or to none.
const unnumbered = { Kosovo: 'XK', Somaliland: 'SO', 'N. Cyprus': 'CY', 'Indian Ocean Ter.': 'CX' }

const topology = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('world-atlas/countries-50m.json'), 'utf8'),
)
topology.objects.countries.geometries = topology.objects.countries.geometries.filter((g) => code(g) !== antarctica)
const projection = geoEqualEarth().fitWidth(width, feature(topology, topology.objects.countries))

// Shared borders stay shared: the topology is simplified, by what each point
// matters on the map, and the projection clips what crosses its edge.
const simple = simplify(
  presimplify(topology, (triangle) => area(triangle.map(projection))),
  detail,
)
const whole = geoPath(projection)
const height = Math.ceil(whole.bounds(feature(topology, topology.objects.countries))[1][1])

const paths = {}
const dots = {}
for (const geometry of simple.objects.countries.geometries) {
  const id = code(geometry)
  const outline = feature(simple, geometry)
  const d = draw(outline)
  if (d) paths[id] = (paths[id] ?? '') + d
  const original = topology.objects.countries.geometries.find(
    (g) => g.id === geometry.id && g.properties.name === geometry.properties.name,
  )
  const exact = feature(topology, original)
  const part = geometry.properties.name in unnumbered && id !== 'XK'
  if (id !== '-' && !part && (!d || whole.area(exact) < visible)) dots[id] = whole.centroid(exact).map(Math.round)
}
for (const [id, place] of Object.entries(unshaped)) dots[id] = projection(place).map(Math.round)

const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
const lines = (object) =>
  Object.entries(sorted(object))
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
    .join(',\n')
writeFileSync(
  new URL('world.json', import.meta.url),
  `{\n"source":"Natural Earth, 1:50 million, public domain, by way of world-atlas 2.0.2. Written by make.mjs.",\n"width":${width},"height":${height},\n"paths":{\n${lines(paths)}\n},\n"dots":{\n${lines(dots)}\n}\n}\n`,
)

/** The ISO 3166-1 alpha-2 code of a geometry, or "-". */
function code(geometry) {
  if (!geometry.id) return unnumbered[geometry.properties.name] ?? '-'
  return Intl.getCanonicalLocales(`und-${geometry.id}`)[0].slice(4) // CLDR knows the alpha-2 code of a number
}

function area([[ax, ay], [bx, by], [cx, cy]]) {
  return Math.abs((ax - cx) * (by - ay) - (ax - bx) * (cy - ay)) / 2
}

/** Path data of relative moves in whole numbers, without points that fall together. */
function draw(outline) {
  let d = ''
  let ring = []
  const finish = () => {
    const points = ring.filter(([x, y], i) => i === 0 || x !== ring[i - 1][0] || y !== ring[i - 1][1])
    while (points.length > 1 && points[0].join() === points.at(-1).join()) points.pop()
    if (points.length > 2)
      d += `M${join(points[0])}l${points
        .slice(1)
        .map(([x, y], i) => join([x - points[i][0], y - points[i][1]]))
        .reduce(append)}z`
    ring = []
  }
  geoPath(projection, {
    moveTo: (x, y) => (ring = [[Math.round(x), Math.round(y)]]),
    lineTo: (x, y) => ring.push([Math.round(x), Math.round(y)]),
    closePath: finish,
    arc: () => {},
  })(outline)
  return d
}

/** Two numbers of path data, and path data behind other: a minus sign parts as well as a space. */
function join([x, y]) {
  return append(String(x), String(y))
}
function append(a, b) {
  return b.startsWith('-') ? a + b : `${a} ${b}`
}
