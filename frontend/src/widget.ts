// The elements that host pages embed. They set no cookie, store nothing, send
// requests only to the server of their script, define no globals, and throw no
// errors into the host page.
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
