/** A notification, with the text that the server encrypted for this browser. */
export interface Notice extends NotificationOptions {
  title: string
  /** A later notification with the same tag replaces this one, and is announced again. */
  renotify?: boolean
}

/** Returns the notification of a message. A message must show something, so one that cannot be read shows the name of the site. */
export function noticeOf(text: string, base: string): Notice {
  const icon = base + 'favicon.ico'
  let message: Record<string, unknown> = {}
  try {
    message = (JSON.parse(text) ?? {}) as Record<string, unknown>
  } catch (error) {
    console.debug('Outcry cannot read a notification:', error)
  }
  const part = (name: string): string => (typeof message[name] === 'string' ? message[name] : '')
  const tag = part('tag') || 'outcry'
  return {
    title: part('title') || 'Outcry',
    body: part('body'),
    lang: part('lang'),
    tag,
    renotify: true,
    icon,
    data: part('path'),
  }
}

/** Returns the address of the page that a notification is about. It is always one of this site. */
export function pageOf(path: unknown, base: string): string {
  const address = new URL(typeof path === 'string' ? path : '', base).href
  return address.startsWith(base) ? address : base
}
