import openapiTS, { astToString } from 'openapi-typescript'
import { expect, it } from 'vitest'
import committed from '../src/schema.gen.ts?raw'

it('has the types of the present description of the API', async () => {
  const types = astToString(await openapiTS(new URL('../../../api/openapi.yaml', import.meta.url)))
  expect(committed.includes(types), 'client/src/schema.gen.ts is old: run npm run types').toBe(true)
})
