import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGateway } from '@faircopy/gateway'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { assistant, dm, group, said, user } from './fixture.ts'

test('a store that cannot be written is told at once, and what is stored can be read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'transcripts.db')
  const store = await openSqliteStore({ path })
  const gateway = createGateway({ store })
  const opened = await gateway.open(dm)
  const turn = await gateway.beginTurn(opened, { idempotencyKey: 'm1', record: user('hello') })
  await turn.commit(assistant('hi'))
  await store.close()

  const readOnly = await openSqliteStore({ path, readOnly: true })
  onTestFinished(() => readOnly.close())
  const stuck = createGateway({ store: readOnly })
  for (const call of [
    () => stuck.open(group),
    () => stuck.open(dm),
    () => stuck.reset(dm),
    () => stuck.undo(opened.session),
    () => stuck.beginTurn(opened, { idempotencyKey: 'm2', record: user('more') }),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'READ_ONLY', outcome: 'not-stored' })
  }
  expect(await said(readOnly, opened.session.id)).toEqual(['hello', 'hi'])
  expect((await stuck.list()).sessions).toHaveLength(1)
})
