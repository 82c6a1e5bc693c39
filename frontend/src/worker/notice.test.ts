import { describe, expect, it } from 'vitest'
import { noticeOf, pageOf } from './notice'

const base = 'https://outcry.example/'

describe('a notification', () => {
  it('has the words of the message and replaces the one before of the same incident', () => {
    const text = JSON.stringify({
      title: 'WhatsApp বন্ধ',
      body: 'b',
      path: 'bn/whatsapp',
      tag: 'whatsapp-1',
      lang: 'bn',
    })
    expect(noticeOf(text, base)).toEqual({
      title: 'WhatsApp বন্ধ',
      body: 'b',
      lang: 'bn',
      tag: 'whatsapp-1',
      renotify: true,
      icon: base + 'favicon.ico',
      data: 'bn/whatsapp',
    })
  })

  it.each(['', 'no JSON', 'null', '7', '{"title":7}'])('is shown for a message that cannot be read: %j', (text) => {
    expect(noticeOf(text, base)).toMatchObject({ title: 'Outcry', body: '', tag: 'outcry', data: '' })
  })
})

describe('the page of a notification', () => {
  it.each([
    ['bn/whatsapp', base + 'bn/whatsapp'],
    ['', base],
    [undefined, base],
    ['https://other.example/', base],
    ['//other.example/x', base],
    ['javascript:alert(1)', base],
  ])('is one of the site: %j', (path, want) => expect(pageOf(path, base)).toBe(want))
})
