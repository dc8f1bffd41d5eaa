// What others do between what a command looked at and what it takes away.
import { expect, test } from 'vitest'
import { beforeWrite, otherCalls } from './between.ts'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { listDocument, pruneDocument } from './schemas.ts'

const two = () =>
  sampleStore(
    { session: 'a', about: { endedAt: 1 }, entries: [message('user', 'one'), message('assistant', 'two')] },
    { session: 'b', about: { endedAt: 1 }, entries: [message('user', 'three')] },
  )

async function sessions(db: string): Promise<unknown> {
  const { stdout } = await runHere(['list', '--json', '--db', db])
  return listDocument
    .parse(JSON.parse(stdout))
    .sessions.map(({ id, entryCount }) => [id, entryCount])
    .sort()
}

/** Runs a command while another process makes a call, right before the command's own transaction. */
async function whileOther(db: string, call: readonly unknown[], args: readonly string[]) {
  const waiting = beforeWrite(1, () => expect(otherCalls(db, call)).toBe(true))
  const ran = await runHere([...args, '--yes', '--db', db])
  expect(waiting.undo()).toBe(true)
  return ran
}

test('a session that somebody wrote to since is not deleted unseen', async () => {
  const db = await two()
  const { code, stdout, stderr } = await whileOther(
    db,
    ['append', 'a', message('user', 'and more')],
    ['delete', 'a'],
  )
  expect([code, stdout, stderr.split(':')[0]]).toEqual([1, '', 'REVISION_CONFLICT'])
  expect(await sessions(db)).toEqual([
    ['a', 3],
    ['b', 1],
  ])
})

test('of a session that somebody deleted since nothing is redacted, and nothing is said to be', async () => {
  const db = await two()
  const { code, stdout, stderr } = await whileOther(
    db,
    ['delete', 'a'],
    ['redact', 'a', '1', '--text', 'one'],
  )
  expect([code === 0, stdout, /^(NO_SESSION|SESSION_DELETED): /.test(stderr)]).toEqual([false, '', true])
  await runHere(['delete', 'a', '--undo', '--db', db])
  expect((await runHere(['show', 'a', '--db', db])).stdout).toContain('one')
})

test('a session that goes on again since is not pruned, nor counted', async () => {
  const db = await two()
  const { stdout } = await whileOther(
    db,
    ['update', 'a', { endedAt: null }],
    ['prune', '--ended-older-than', '1d', '--json'],
  )
  expect(pruneDocument.parse(JSON.parse(stdout))).toMatchObject({ dryRun: false, sessions: 1, entries: 1 })
  expect(await sessions(db)).toEqual([['a', 2]])
})
