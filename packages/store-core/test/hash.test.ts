import { createHash } from 'node:crypto'
import { chainHead, EMPTY_HEAD, entryHash } from '@faircopy/store-core/operator'
import { expect, test } from 'vitest'

const sha256 = (...parts: (string | Buffer)[]): string => {
  const sum = createHash('sha256')
  for (const part of parts) sum.update(part)
  return sum.digest('hex')
}

test('S25 an entry hash is SHA-256 over kind, NUL, at, NUL, record', () => {
  const record = '{"role":"user","content":"na\u00efve \u65e5\u672c \u{1f469}"}'
  expect(entryHash('message', 1772474410541, record)).toBe(
    sha256('message\0', '1772474410541\0', Buffer.from(record)),
  )
  expect(entryHash('message', null, record)).toBe(sha256('message\0\0', Buffer.from(record)))
  expect(entryHash('message', 0, record)).not.toBe(entryHash('message', null, record))
  expect(entryHash('delivery', null, record)).not.toBe(entryHash('message', null, record))
})

test('S25 a head chains the hashes of the entries in order', () => {
  const a = entryHash('message', null, '{"a":1}')
  const b = entryHash('message', null, '{"b":2}')
  const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')
  const first = chainHead(EMPTY_HEAD, a)
  expect(first).toBe(sha256(Buffer.alloc(32), bytes(a)))
  expect(chainHead(first, b)).toBe(sha256(bytes(first), bytes(b)))
  expect(chainHead(chainHead(EMPTY_HEAD, b), a)).not.toBe(chainHead(first, b))
})
