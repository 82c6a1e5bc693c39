/**
 * Tells the server that somebody sees the page of a service: once, when it is
 * first in view. Nothing is stored, and nothing about the reader is sent.
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
