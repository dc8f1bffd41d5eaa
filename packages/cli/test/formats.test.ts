import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runHere } from './run-here.ts'
import { archiveDocument, importDocument, proofDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const CLAUDE_CODE = [
  {
    type: 'user',
    uuid: 'u1',
    parentUuid: null,
    sessionId: 's',
    message: { role: 'user', content: 'Rename the photos.' },
  },
  {
    type: 'assistant',
    uuid: 'u2',
    parentUuid: 'u1',
    sessionId: 's',
    message: { role: 'assistant', content: 'Renamed.' },
  },
]
  .map((line) => `${JSON.stringify(line)}\n`)
  .join('')
const CHAT =
  '{"role":"user","content":"Is the bakery open today?"}\n{"role":"assistant","content":"Until noon."}\n'

function place(name: string, content: string): { folder: string; file: string; db: string } {
  const folder = temporaryFolder()
  const file = join(folder, name)
  writeFileSync(file, content)
  return { folder, file, db: join(temporaryFolder(), 'faircopy.db') }
}

test.for(['auto', 'openai-chat', 'hermes-jsonl'])(
  'another agent’s transcript is refused by its name, and no format is advised: --format %s',
  async (format) => {
    const { file, db } = place('a.jsonl', CLAUDE_CODE)
    for (const command of ['audit', 'import']) {
      const { code, stdout } = await runHere([command, file, '--format', format, '--json', '--db', db])
      expect(code).toBe(2)
      const { sources, sessions } = importDocument.parse(JSON.parse(stdout))
      expect(sessions).toEqual([])
      expect(sources[0]?.problems).toMatchObject([
        {
          code: 'not-understood',
          detail: 'it is a Claude Code transcript, which is not read here',
          next: null,
        },
        { code: 'no-transcript', next: null },
      ])
    }
    const text = await runHere(['import', file, '--format', format, '--db', db])
    expect(text.stdout).toContain('it is a Claude Code transcript')
    expect(text.stdout).not.toContain('--format')
  },
)

test('a file of another format than is named is refused, and read by the command that is advised', async () => {
  const { file, db } = place('a.jsonl', `{"role":"session_meta","tools":[]}\n${CHAT}`)
  const args = [file, '--format', 'openai-chat', '--db', db]
  const { code, stdout } = await runHere(['import', ...args, '--json'])
  expect(code).toBe(2)
  const [problem] = importDocument.parse(JSON.parse(stdout)).sources[0]?.problems ?? []
  expect(problem).toMatchObject({
    code: 'other-format',
    detail: 'its lines are of hermes-jsonl, not of openai-chat',
    next: `faircopy import ${file} --format auto --db ${db}`,
  })
  const followed = await runHere([...(problem?.next ?? '').split(' ').slice(1), '--json'])
  expect(followed.code).toBe(0)
  expect(importDocument.parse(JSON.parse(followed.stdout)).sources[0]?.problems).toEqual([])
  expect((await runHere(['search', 'bakery', '--db', db])).stdout).toContain('bakery')
})

test('of a folder what is read is archived, and what was refused stays', async () => {
  const { folder, file, db } = place('a.jsonl', CHAT)
  const foreign = join(folder, 'b.jsonl')
  writeFileSync(foreign, CLAUDE_CODE)
  expect((await runHere(['import', folder, '--db', db])).code).toBe(2)
  const verified = await runHere(['verify', '--against', folder, '--db', db])
  expect(verified.code).toBe(2)
  expect(verified.stdout).toContain('not-understood: it is a Claude Code transcript')
  const archived = await runHere(['archive', folder, '--json', '--db', db])
  expect(archived.code).toBe(2)
  expect(archiveDocument.parse(JSON.parse(archived.stdout))).toMatchObject({
    moved: [{ path: file }],
    stays: [{ code: 'not-understood', path: foreign, next: null }],
  })
})

test('a session without a message is a finding of import, audit and verify, and its file is not archived', async () => {
  const lines = ['{"role":"session_meta","tools":[]}\n', '{"role":"odd","content":"nobody reads this"}\n']
  const { folder, file, db } = place('20260302_100000_7dd70216.jsonl', lines.join(''))
  await runHere(['import', place('other.jsonl', CHAT).file, '--db', db])
  const before = await runHere(['verify', '--against', folder, '--db', db])
  expect(before.stdout).toContain('never-imported')
  expect(before.stdout).not.toContain('no-message')
  for (const command of ['import', 'import', 'audit']) {
    const { code, stdout } = await runHere([command, folder, '--db', db])
    expect(code).toBe(2)
    expect(stdout).toMatch(/no-message +none of its 2 records is a message/)
  }
  const imported = importDocument.parse(
    JSON.parse((await runHere(['import', folder, '--json', '--db', db])).stdout),
  )
  expect(imported.sources[0]?.problems).toMatchObject([{ code: 'no-message', path: file }])

  const verified = await runHere(['verify', '--against', folder, '--db', db])
  expect(verified.code).toBe(2)
  expect(verified.stdout).toContain('1 of 1 session proven')
  expect(verified.stdout).not.toContain('all proven')
  expect(verified.stdout).toMatch(/no-message +20260302_100000_7dd70216 +none of its 2 records is a message/)
  const proof = await runHere(['verify', '--against', folder, '--json', '--db', db])
  expect(proofDocument.parse(JSON.parse(proof.stdout)).against).toMatchObject([
    { proven: false, sessions: [{ proven: true }], findings: [{ code: 'no-message' }] },
  ])

  const archived = await runHere(['archive', folder, '--unanchored', '--json', '--db', db])
  expect(archived.code).toBe(2)
  expect(archiveDocument.parse(JSON.parse(archived.stdout))).toMatchObject({
    moved: [],
    stays: [{ code: 'no-message', path: file }],
  })
  expect(existsSync(file)).toBe(true)

  // The step: it is no transcript, and is taken out of the source.
  writeFileSync(join(folder, 'other.jsonl'), CHAT)
  rmSync(file)
  for (const command of ['import', 'audit', 'archive'])
    expect((await runHere([command, folder, '--db', db])).code).toBe(0)
  expect(readdirSync(folder)).toEqual([])
})
