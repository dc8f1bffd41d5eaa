import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const DOCUMENT = fileURLToPath(new URL('../../../writing-a-backend.md', import.meta.url))

test('what the document shows of this backend is what it is', () => {
  const sources = globSync('**/*.ts', { cwd: ROOT, exclude: ['node_modules'] }).map((file) =>
    readFileSync(ROOT + file, 'utf8'),
  )
  const shown = [...readFileSync(DOCUMENT, 'utf8').matchAll(/<!-- skip -->\n```ts\n([\s\S]*?\n)```/g)]
  expect(shown.length).toBeGreaterThan(5)
  for (const [, part = ''] of shown) {
    expect(
      sources.some((source) => source.includes(part)),
      part,
    ).toBe(true)
  }
})
