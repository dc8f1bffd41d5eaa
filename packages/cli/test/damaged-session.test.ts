import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { expect, test } from 'vitest'
import { runHere } from './run-here.ts'
import { message } from './sample-store.ts'
import { reportDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A store of three sessions, in whose file one byte of the row of `bravo` was changed. */
async function damagedStore(from: string, to: string): Promise<string> {
  const path = join(temporaryFolder(), 'transcripts.db')
  const store = await openSqliteStore({ path })
  for (const id of ['alpha', 'bravo', 'charlie']) {
    const create = { title: 'T', meta: { model: 'hunter2' } }
    await store.append(id, message('user', `words of ${id}`), { create })
  }
  await store.close()
  const bytes = readFileSync(path)
  const at = bytes.lastIndexOf(from)
  expect(at).toBeGreaterThan(0)
  bytes.write(to, at, 'latin1')
  writeFileSync(path, bytes)
  return path
}

const DAMAGES = [
  ['state', 'defaultbravolive', 'defaultbravoliwe'],
  ['meta', 'bravoliveT{"model"', 'bravoliveT{!model"'],
  ['title', 'bravoliveT{', 'bravoliveX{'],
] as const

/** The damaged session is named with the next step for this very store, and nothing of its content. */
function tells(stderr: string, db: string): void {
  expect(stderr).toMatch(/^STORE_CORRUPT: Session "bravo" .* is damaged; .*\nLeave the file and its -wal /m)
  expect(stderr).toContain(`: faircopy restore BACKUP --db ${db}\n`)
  expect(stderr).not.toContain('hunter2')
}

/** How much a command says that there is. */
function counted(stdout: string): string | undefined {
  return /\d+ sessions, \d+ entries/.exec(stdout)?.[0]
}

test.each(DAMAGES)(
  'a session whose %s is damaged is named, and every command goes on',
  async (_, from, to) => {
    const db = await damagedStore(from, to)
    const run = (...args: readonly string[]) => runHere([...args, '--db', db])

    const list = await run('list')
    expect([list.code, list.stdout.match(/alpha|bravo|charlie/g)]).toEqual([2, ['alpha', 'charlie']])
    tells(list.stderr, db)

    const show = await run('show', 'bravo')
    expect([show.code, show.stdout]).toEqual([2, ''])
    tells(show.stderr, db)
    expect(await run('show', 'alpha')).toMatchObject({ code: 0, stderr: '' })

    const status = await run('status')
    expect([status.code, counted(status.stdout)]).toEqual([2, expect.stringContaining(', 3 entries')])
    tells(status.stderr, db)

    const folder = join(temporaryFolder(), 'out')
    const exported = await run('export', '--all', '--out', folder)
    expect([exported.code, readdirSync(folder).sort()]).toEqual([2, ['alpha.jsonl', 'charlie.jsonl']])
    tells(exported.stderr, db)
    const streamed = await run('export', '--all', '--format', 'ndjson')
    expect([streamed.code, streamed.stdout.trim().split('\n')]).toEqual([
      2,
      [expect.anything(), expect.anything()],
    ])
    tells(streamed.stderr, db)

    const search = await run('search', 'words')
    expect([search.code, search.stdout.match(/^(alpha|bravo|charlie)/gm)?.sort()]).toEqual([
      2,
      ['alpha', 'charlie'],
    ])
    expect(search.stderr).toContain('NOT COMPLETE: 1 session cannot be read.')
    tells(search.stderr, db)

    const doctor = await run('doctor')
    expect([doctor.code, doctor.stdout.match(/^ {2}damaged .*/gm)]).toEqual([
      2,
      [expect.stringContaining('Session "bravo"')],
    ])
    expect(doctor.stdout).toContain(`faircopy restore BACKUP --db ${db} `)

    const verify = await run('verify')
    expect(counted(verify.stdout)).toBe(counted(status.stdout))
    expect([verify.code, verify.stdout]).toEqual([2, expect.stringMatching(/row-damaged +bravo/)])
    expect(verify.stdout.match(/^ {4}faircopy .*/gm)).toEqual([`    faircopy restore BACKUP --db ${db}`])

    const file = join(temporaryFolder(), 'bravo.jsonl')
    writeFileSync(file, '{"role":"user","content":"words of bravo"}\n')
    const proof = await run('verify', '--against', file, '--format', 'openai-chat')
    expect([proof.code, proof.stdout]).toEqual([2, expect.stringMatching(/row-damaged +bravo/)])
    tells(proof.stderr, db)

    const source = temporaryFolder()
    for (const id of ['bravo', 'delta']) {
      const told = { role: 'user', content: `more of ${id}, which is long enough to tell it from others` }
      writeFileSync(join(source, `${id}.jsonl`), `${JSON.stringify(told)}\n`)
    }
    const imported = await run('import', source, '--format', 'openai-chat', '--json')
    expect([imported.code, JSON.parse(imported.stdout).sessions]).toEqual([
      2,
      [
        expect.objectContaining({ id: 'bravo', action: 'unchanged', reason: 'failed' }),
        expect.objectContaining({ id: 'delta', action: 'created' }),
      ],
    ])
    expect((await run('show', 'delta')).stdout).toContain('more of delta')

    const backup = await run('backup', join(temporaryFolder(), 'copy.db'))
    expect([backup.code, backup.stdout]).toEqual([1, ''])
    tells(backup.stderr, db)
  },
)

test('with --json the failure is the last line, and a report names nobody', async () => {
  const db = await damagedStore('bravoliveT{', 'bravoliveX{')
  const list = await runHere(['list', '--json', '--db', db])
  const lines = list.stdout.trim().split('\n')
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
    error: { code: 'STORE_CORRUPT', outcome: 'not-stored' },
  })
  expect(JSON.parse(lines.slice(0, -1).join('\n'))).toMatchObject({
    sessions: [{ id: 'alpha' }, { id: 'charlie' }],
  })

  const report = await runHere(['report', '--json', '--db', db])
  expect([report.code, report.stdout.includes('bravo')]).toEqual([2, false])
  tells(report.stderr, db)
  expect(reportDocument.parse(JSON.parse(report.stdout)).store).toMatchObject({ sessions: 2, damaged: 1 })
})
