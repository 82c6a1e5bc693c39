import chart from '../../static/chart.css?inline'
import map from '../../static/map.css?inline'
import tokens from '../../static/tokens.css?inline'
import own from '../../static/widget.css?inline'

const text = tokens + map + chart + own
let sheet: CSSStyleSheet | undefined

/** Adds the styles to a shadow root. A constructed sheet needs no permission of the host page; older browsers get an element. */
export function dress(root: ShadowRoot): void {
  try {
    if (!sheet) {
      sheet = new CSSStyleSheet()
      sheet.replaceSync(text)
    }
    root.adoptedStyleSheets = [sheet]
  } catch {
    const style = document.createElement('style')
    style.textContent = text
    root.append(style)
  }
}
