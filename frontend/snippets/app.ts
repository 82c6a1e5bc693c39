import { Outcry } from '@outcry/client'

const outcry = new Outcry({ origin: 'https://outcry.example' })
await outcry.report('whatsapp', { symptom: 'messaging', country: 'BD' }) // without a network it is kept and sent later
const { status } = await outcry.service('whatsapp')
const { countries } = await outcry.countries('whatsapp', { window: '15m' })
console.log(status.level, status.observed, countries)
