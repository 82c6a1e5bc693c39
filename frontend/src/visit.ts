/**
 * Sends a view of a service's page to the server, once, when the page is first
 * visible. Nothing is stored, and nothing about the visitor is sent.
 */
export function visit(address: string): void {
  const tell = () => {
    if (document.visibilityState !== 'visible') return
    document.removeEventListener('visibilitychange', tell)
    navigator.sendBeacon(address)
  }
  document.addEventListener('visibilitychange', tell)
  tell()
}
