import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonObjectSchema } from '../src/json-object.ts'

test('an object is taken up to exactly so many bytes of its JSON', () => {
  const json = fc.jsonValue({ maxDepth: 2 })
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), json, { maxKeys: 4 }), (object) => {
      const bytes = Buffer.byteLength(JSON.stringify(object))
      expect(jsonObjectSchema(bytes).safeParse(object).success).toBe(true)
      expect(jsonObjectSchema(bytes - 1).safeParse(object).success).toBe(false)
    }),
    { examples: [[{}], [{ a: [] }], [{ a: [1] }], [{ a: [[], {}] }], [{ a: { b: 0, c: 1 } }]] },
  )
})
