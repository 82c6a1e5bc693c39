const every = 15_000 // ms between two looks whether the server can be reached
const spread = 5_000 // ms over which readers spread their looks

/** Loads the page again once the server can be reached, for the page that is shown in its place without a connection. */
export function returning(): void {
  const look = (): void =>
    void fetch(location.href, { method: 'HEAD', cache: 'no-store' }).then(
      () => location.reload(),
      () => {}, // still no connection
    )
  window.addEventListener('online', look)
  window.setInterval(look, every + Math.random() * spread)
}
