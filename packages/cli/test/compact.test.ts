import { lstatSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { backupDocument, compactDocument, pruneDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const DAY = 24 * 3_600_000

/** A store most of whose file belonged to a session that ended long ago. */
const mostlyEnded = () =>
  sampleStore(
    { session: 'a', entries: [message('user', 'one')] },
    {
      session: 'ended',
      about: { endedAt: Date.now() - 100 * DAY },
      entries: Array.from({ length: 200 }, (_, i) => message('user', `${i} ${'x'.repeat(10_000)}`)),
    },
  )

test('prune tells what is free inside the file and the command that gives it back, and that does', async () => {
  const db = await mostlyEnded()
  const pruned = await runHere(['prune', '--ended-older-than', '90d', '--yes', '--db', db])
  expect(pruned.stdout).toMatch(
    /\d[.]\d MiB are free inside the file; faircopy compact --db \S+ gives them back/,
  )
  const again = pruneDocument.parse(
    JSON.parse((await runHere(['prune', '--yes', '--json', '--db', db])).stdout),
  )
  expect(again.freeBytes).toBeGreaterThan(2_000_000)
  const { code, stdout } = await runHere(['compact', '--json', '--db', db])
  expect(code).toBe(0)
  const compacted = compactDocument.parse(JSON.parse(stdout))
  expect(compacted.path).toBe(db)
  expect(compacted.bytesBefore - compacted.bytesAfter).toBeGreaterThan(2_000_000)
  expect(statSync(db).size).toBeLessThan(compacted.bytesBefore - 2_000_000)
  expect((await runHere(['verify', '--db', db])).code).toBe(0)
  expect((await runHere(['show', 'a', '--db', db])).stdout).toContain('one')
  const quiet = await runHere(['prune', '--yes', '--db', db])
  expect(quiet.stdout).not.toContain('MiB are free')
})

test('people are told the size before and after', async () => {
  const db = await mostlyEnded()
  await runHere(['prune', '--ended-older-than', '90d', '--yes', '--db', db])
  expect((await runHere(['compact', '--db', db])).stdout).toMatch(/ {2}\d[.]\d MiB before, .+ now\n$/)
  const absent = await runHere(['compact', '--db', `${db}.absent`])
  expect([absent.code, absent.stderr]).toEqual([78, expect.stringMatching(/^NO_STORE: /)])
})

test('a dry run of prune, and a store with nothing free, name no compaction', async () => {
  const db = await mostlyEnded()
  const dry = await runHere(['prune', '--ended-older-than', '90d', '--db', db])
  expect(dry.stdout).not.toContain('compact')
})

test('redact tells it too', async () => {
  const db = await mostlyEnded()
  await runHere(['prune', '--ended-older-than', '90d', '--yes', '--db', db])
  const { stdout } = await runHere(['redact', 'a', '1', '--text', 'one', '--yes', '--db', db])
  expect(stdout).toContain(`faircopy compact --db ${db}`)
})

test('backup --compact leaves it out', async () => {
  const db = await mostlyEnded()
  await runHere(['prune', '--ended-older-than', '90d', '--yes', '--db', db])
  const folder = temporaryFolder()
  const sizes: number[] = []
  for (const more of [[], ['--compact']]) {
    const path = join(folder, `copy${sizes.length}.db`)
    const { code, stdout } = await runHere(['backup', path, ...more, '--json', '--db', db])
    expect(code).toBe(0)
    const { bytes } = backupDocument.parse(JSON.parse(stdout))
    expect(bytes).toBe(lstatSync(path).size)
    sizes.push(bytes)
    expect((await runHere(['verify', '--db', path])).code).toBe(0)
  }
  expect((sizes[0] ?? 0) - (sizes[1] ?? 0)).toBeGreaterThan(2_000_000)
})
