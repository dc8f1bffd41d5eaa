import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { isWord, type Note, readNote, standingOf } from '@faircopy/legacy-jsonl'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { expect, test } from 'vitest'
import { writeNotedHome } from './noted-home.ts'
import { runHere } from './run-here.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A store with a note of every kind, as the commands wrote it before notes had one schema, and what was read of it then. */
const STORE = gunzipSync(readFileSync(new URL('fixtures/noted.db.gz', import.meta.url)))
const THEN = JSON.parse(readFileSync(new URL('fixtures/noted.json', import.meta.url), 'utf8'))

function placed(): { readonly home: string; readonly db: string } {
  const here = temporaryFolder()
  const [home, db] = [join(here, 'home'), join(here, 's.db')]
  writeFileSync(db, STORE, { mode: 0o600 })
  writeNotedHome(home, 'last')
  return { home, db }
}

test('how sessions stand is read of an older ledger as it was then', async () => {
  const { db } = placed()
  const store = await openSqliteStore({ path: db, readOnly: true })
  const bySession = new Map<string, Note[]>()
  for await (const note of store.ledger())
    bySession.set(note.session.id, [...(bySession.get(note.session.id) ?? []), readNote(note)])
  await store.close()
  const read = [...bySession].map(([id, notes]) => {
    const standing = standingOf(notes)
    if (standing.as === 'never-imported') throw new Error(`nothing is known of ${id}`)
    return [
      id,
      {
        as: standing.as,
        note: standing.note.key,
        decision: standing.as === 'decided' ? standing.decision : null,
        notes: notes.map((note) => ({
          key: note.key,
          isWord: isWord(note),
          boundary: 'boundary' in note ? note.boundary : null,
          decision: note.as === 'decision' ? note.decision : null,
        })),
      },
    ]
  })
  expect(Object.fromEntries(read)).toEqual(THEN.sessions)
})

test('the commands say of an older ledger what they said then', async () => {
  const { home, db } = placed()
  const told = async (...args: string[]) => {
    const { stdout } = await runHere([...args, '--json', '--db', db])
    return JSON.parse(stdout.replaceAll(home, 'HOME').replaceAll('/tmp/noted/home', 'HOME'))
  }
  expect(await told('status')).toMatchObject(THEN.status)
  expect((await told('verify', '--against', home)).against).toMatchObject(THEN.proof)
  const again = await told('import', home)
  expect(again.sessions.filter(({ action }: { action: string }) => action !== 'unchanged')).toEqual([
    expect.objectContaining({ id: expect.stringMatching(/5$/), action: 'created' }),
    expect.objectContaining({ id: expect.stringMatching(/c$/), action: 'extended' }),
  ])
})
