import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import { faircopy, shellCode } from './faircopy.ts'
import { runHere } from './run-here.ts'
import { errorDocument, importDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const SESSIONS = 60
const ENTRIES = 40
const atStep = new URL('preload/signal-at-step.ts', import.meta.url)
const made = join(temporaryFolder(), 'made')
let importId = ''

/** A folder of transcripts, and the store that they were imported into. */
beforeAll(async () => {
  const source = join(made, 'chats')
  mkdirSync(source, { recursive: true })
  for (let i = 0; i < SESSIONS; i++) {
    const lines = Array.from({ length: ENTRIES }, (_, n) =>
      line(`message ${n} of chat ${i} ${'word '.repeat(40)}`),
    )
    writeFileSync(join(source, `s${i}.jsonl`), lines.join(''))
  }
  const imported = await runHere(['import', source, '--json', '--db', join(made, 'faircopy.db')])
  importId = importDocument.parse(JSON.parse(imported.stdout)).importId ?? ''
  const store = await openSqliteStore({ path: join(made, 'faircopy.db') })
  const entries = Array.from({ length: 4000 }, (_, n) => ({
    record: line(`thought ${n} ${'word '.repeat(40)}`),
  }))
  for (let i = 0; i < 2; i++) await store.append('long', entries, { create: {} })
  await store.replace('long', { from: 4000, entries: [] })
  const meta = { notes: Array.from({ length: 200 }, (_, n) => `note ${n} of a session`) }
  await Promise.all(Array.from({ length: 600 }, (_, n) => store.create(`chat ${n}`, { meta })))
  await store.close()
})

function line(content: string): string {
  return `${JSON.stringify({ role: 'user', content })}\n`
}

/** What every command is called with; each test has a copy of the folder and the store. */
const COMMANDS: Readonly<Record<string, (here: string) => readonly string[]>> = {
  audit: (here) => ['audit', join(here, 'chats')],
  import: (here) => ['import', join(here, 'chats'), '--db', join(here, 'other.db')],
  'import --undo': () => ['import', '--undo', importId, '--yes'],
  status: () => ['status'],
  list: () => ['list'],
  show: () => ['show', 'long'],
  'show --history': () => ['show', 'long', '--history'],
  search: () => ['search', 'word'],
  'export --all': () => ['export', '--all'],
  'export --out': (here) => ['export', '--all', '--out', join(here, 'out')],
  archive: (here) => ['archive', join(here, 'chats')],
  prune: () => ['prune', '--history-older-than', '0d', '--yes'],
  redact: () => ['redact', 'long', '1', '--text', 'thought 0'],
  backup: (here) => ['backup', join(here, 'backup.db')],
  verify: () => ['verify'],
  'verify --against': (here) => ['verify', '--against', join(here, 'chats')],
  doctor: () => ['doctor'],
  report: () => ['report'],
}

describe.for(Object.keys(COMMANDS))('%s', { timeout: 120_000 }, (name) => {
  // Either signal takes the same way.
  const [signal, code] =
    Object.keys(COMMANDS).indexOf(name) % 2 === 0 ? (['SIGINT', 130] as const) : (['SIGTERM', 143] as const)
  test(`one ${signal} stops it, and it leaves nothing half made`, async () => {
    const run = async (more: Readonly<Record<string, string>>) => {
      const here = join(temporaryFolder(), 'here')
      cpSync(made, here, { recursive: true, preserveTimestamps: true })
      const counts = join(here, '..', 'counts')
      const args = COMMANDS[name]?.(here) ?? []
      const db = args.includes('--db') ? [] : ['--db', join(here, 'faircopy.db')]
      const ran = await faircopy([...args, ...db, '--json'], {
        preload: atStep,
        env: { COUNT_FILE: counts, ...more },
      })
      return { ...ran, here, count: Number(readFileSync(counts, 'utf8')) }
    }
    const whole = await run({})
    expect(whole.count).toBeGreaterThan(3)
    const stopped = await run({ SIGNAL: signal, SIGNAL_TIME: String(Math.ceil(whole.count / 4)) })
    expect(shellCode(stopped)).toBe(code)
    const last = stopped.stdout.trimEnd().split('\n').at(-1) ?? ''
    expect(errorDocument.parse(JSON.parse(last)).error.code).toBe('INTERRUPTED')
    expect(stopped.count, 'steps of the stopped command').toBeLessThan(whole.count)
    expect(left(stopped.here)).toEqual([])
  })
})

/** Files that are not whole. */
function left(here: string): string[] {
  const names = readdirSync(here, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => /\.(tmp|partial)\b|backup\.db/.test(name))
}
