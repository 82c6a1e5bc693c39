// The browser: the one that CHROMIUM names, or else Chromium or Chrome where
// Debian and macOS install them.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const places = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** Starts a browser, with further arguments. */
export function launch(more = []) {
  const executablePath = process.env.CHROMIUM ?? places.find((place) => existsSync(place))
  if (!executablePath)
    throw new Error(
      'Found no Chromium or Chrome. Debian: apt-get install chromium. macOS: brew install --cask google-chrome. Or name one in CHROMIUM.',
    )
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })
}
