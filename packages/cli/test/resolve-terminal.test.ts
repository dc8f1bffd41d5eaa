import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { environment, PROGRAM } from './faircopy.ts'
import { pythonJson, writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { statusDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const ID = '20260302_100000_aaaaaaaa'

async function undecided(): Promise<string> {
  const home = join(temporaryFolder(), 'home')
  const line = (content: string): string => `${pythonJson({ role: 'user', content })}\n`
  const row = (content: string) => ({ role: 'user', content, timestamp: 1772445600 })
  const shared = 'what both of them say, and long enough'
  writeHome(home, [
    { id: ID, file: Buffer.from(line(shared) + line('left')), rows: [row(shared), row('right')] },
  ])
  const db = join(temporaryFolder(), 'faircopy.db')
  await runHere(['import', home, '--db', db])
  return db
}

/** Runs the program on a terminal of its own. Each answer is typed once its question stands there. */
function onTerminal(
  args: readonly string[],
  answers: readonly (readonly [question: string, answer: string])[],
): Promise<{ readonly code: number | null; readonly shown: string }> {
  const quoted = [process.execPath, ...PROGRAM, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qec', quoted, '/dev/null'], { env: { ...environment(), TERM: 'xterm' } })
  let shown = ''
  let read = 0
  const left = [...answers]
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString()
    const [next] = left
    const at = next ? shown.indexOf(next[0], read) : -1
    if (!next || at === -1) return
    read = at + next[0].length
    left.shift()
    child.stdin.write(next[1])
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, shown: stripVTControlCharacters(shown) }))
  })
}

async function choices(db: string): Promise<string[]> {
  const { stdout } = await runHere(['status', '--json', '--db', db])
  return statusDocument.parse(JSON.parse(stdout)).decided.map(({ choice }) => choice)
}

const isThere = spawnSync('script', ['--version']).stdout?.includes('util-linux') ?? false

describe.skipIf(!isThere)('on a terminal', () => {
  test('a person is asked, corrected, asked to confirm, and then it is decided', async () => {
    const db = await undecided()
    const { code, shown } = await onTerminal(
      ['resolve', ID, '--db', db],
      [
        ['Which?', 'by-time\n'],
        ['Which?', 'legacy-first\n'],
        ['Decide it with --legacy-first? [y/N]', 'y\n'],
      ],
    )
    const steps = [
      'both say this',
      'right',
      'left',
      'It can be decided in 4 ways',
      '1  --keep-canonical',
      '4  --branch',
      'Which?',
      'There is no by-time among them.',
      'Which?',
      'Decide it with',
    ]
    let at = 0
    for (const step of steps) {
      const next = shown.indexOf(step, at)
      expect(next, `${step}, behind what comes before it`).not.toBe(-1)
      at = next + step.length
    }
    expect(shown).toContain('Decided with --legacy-first')
    expect(code).toBe(0)
    expect(await choices(db)).toEqual(['legacy-first'])
  })

  test('a choice may be told by its number, and ? shows the choices again, at either question', async () => {
    const db = await undecided()
    const { code, shown } = await onTerminal(
      ['resolve', ID, '--db', db],
      [
        ['Which?', '5\n'],
        ['Which?', '?\n'],
        ['Which?', '3\n'],
        ['Decide it with --legacy-first? [y/N]', '?\n'],
        ['Decide it with --legacy-first? [y/N]', 'y\n'],
      ],
    )
    expect(shown).toContain('There is no 5 among them.')
    expect(shown.split('It can be decided in 4 ways')).toHaveLength(4)
    expect(code).toBe(0)
    expect(await choices(db)).toEqual(['legacy-first'])
  })

  test('stopped, it says that nothing was decided', async () => {
    const db = await undecided()
    const { shown } = await onTerminal(['resolve', ID, '--db', db], [['Which?', '\u0003']])
    expect(shown).toMatch(
      /\nINTERRUPTED: Stopped by SIGINT; nothing was decided\.\s+Run the same command again to decide it\./,
    )
  })

  test.for<[string, readonly (readonly [string, string])[], number]>([
    ['Enter', [['Which?', '\n']], 2],
    [
      'no',
      [
        ['Which?', 'branch\n'],
        ['[y/N]', '\n'],
      ],
      2,
    ],
    ['the end of input', [['Which?', '\u0004']], 2],
    ['Ctrl-C', [['Which?', '\u0003']], 130],
  ])('%s leaves it undecided', async ([, answers, exit]) => {
    const db = await undecided()
    const { code, shown } = await onTerminal(['resolve', ID, '--db', db], answers)
    expect(code).toBe(exit)
    expect(shown).not.toContain('Decided')
    expect(await choices(db)).toEqual([])
  })
})
