// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { serverOf } from './origin'

describe('the server of a script', () => {
  it.each([
    ['https://outcry.example/widget/v1/outcry.js', 'https://outcry.example'],
    ['https://outcry.example:8443/widget/v1.0.2/outcry.js?x=1', 'https://outcry.example:8443'],
    ['http://news.example/outcry/widget/v1/outcry.js', 'http://news.example/outcry'],
    ['Error\n    at https://outcry.example/widget/v1/outcry.js:1:2345', 'https://outcry.example'],
    ['Error\n    at Ae (https://outcry.example/widget/v1/outcry.js:1:2345)\n    at x', 'https://outcry.example'],
    ['@https://outcry.example/widget/v1/outcry.js:1:2345\n', 'https://outcry.example'], // Firefox and Safari
  ])('is named by %s', (place, server) => {
    expect(serverOf('', place)).toBe(server)
  })
  it.each([
    'https://news.example/all.js',
    'Error\n    at https://news.example/assets/index-4f2a.js:7:11',
    'Error\n    at file:///home/news/widget/v1/outcry.js:1:1',
    '',
  ])('is not known from %s', (place) => {
    expect(serverOf(place, undefined)).toBeUndefined()
  })
})
