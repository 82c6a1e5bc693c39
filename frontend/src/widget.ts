// The elements that pages of others embed. They set no cookie, keep nothing, ask
// nobody but the server they came from, define nothing but themselves, and throw
// nothing at the page around them.
import { Chart } from './widget/chart'
import { Heatmap } from './widget/heatmap'
import { Report } from './widget/report'

const elements: Record<string, CustomElementConstructor> = {
  'outcry-heatmap': Heatmap,
  'outcry-chart': Chart,
  'outcry-report': Report,
}
for (const [name, element] of Object.entries(elements)) {
  if (!customElements.get(name)) customElements.define(name, element) // the script may be on the page twice
}
