import { api } from './site'
import { remember, remembered, type Told, type When } from './told'

const subscriptions = api + '/push/subscriptions'

/** Why a visitor cannot be told. It is the name of the text that says so. */
export class Refused extends Error {
  constructor(readonly why: 'refused' | 'ended' | 'many' | 'dismissed') {
    super(why)
  }
}

/** Asks the browser and the server to tell this browser about a service. */
export class Asker {
  constructor(
    private readonly worker: string,
    private readonly key: string,
    readonly service: string,
  ) {}

  /** Subscribes. It is called by a press, because browsers ask their question only then. */
  async ask(when: When, incident: string, language: string): Promise<void> {
    const permission = await Notification.requestPermission()
    if (permission !== 'granted') throw new Refused(permission === 'denied' ? 'refused' : 'dismissed')
    const subscription = await this.subscribe()
    const response = await fetch(subscriptions, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ service: this.service, when, language, subscription }),
    })
    if (response.status === 422 && ((await response.json()) as { field?: string }).field === 'when')
      throw new Refused('ended')
    if (response.status === 403) throw new Refused('many')
    if (!response.ok) throw new Error(`${subscriptions}: status ${response.status}`)
    const { token, expires } = (await response.json()) as { token: string; expires: string }
    remember(Date.now(), this.service, {
      token,
      when,
      incident: when === 'over' ? incident : '',
      expires: Date.parse(expires),
    })
  }

  /** Ends a subscription at the server, and the last one at the browser too. */
  async stop({ token }: Told): Promise<void> {
    const response = await fetch(`${subscriptions}/${token}`, { method: 'DELETE' })
    if (!response.ok && response.status !== 404) throw new Error(`${subscriptions}: status ${response.status}`)
    remember(Date.now(), this.service, undefined)
    if (Object.keys(remembered(Date.now())).length > 0) return
    await (await this.existing())?.unsubscribe()
  }

  /** Ends what the server would send in vain, because the visitor took the permission back. */
  async reconcile(): Promise<void> {
    const all = Object.entries(remembered(Date.now()))
    if (all.length === 0 || (await this.existing())) return
    for (const [service, { token }] of all) {
      await fetch(`${subscriptions}/${token}`, { method: 'DELETE' })
      remember(Date.now(), service, undefined)
    }
  }

  private async existing(): Promise<PushSubscription | null | undefined> {
    return (await navigator.serviceWorker.getRegistration())?.pushManager.getSubscription()
  }

  private async subscribe(): Promise<PushSubscription> {
    await navigator.serviceWorker.register(this.worker) // fails at once where ready would wait for ever
    const { pushManager } = await navigator.serviceWorker.ready
    const options = { userVisibleOnly: true, applicationServerKey: this.key }
    try {
      return await pushManager.subscribe(options)
    } catch (error) {
      const old = await pushManager.getSubscription()
      if (!old) throw error
      await old.unsubscribe() // it belongs to another key of the server
      return pushManager.subscribe(options)
    }
  }
}
