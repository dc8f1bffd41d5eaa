import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test, vi } from 'vitest'
import { buildDemoHome } from '../src/demo/demo-home.ts'
import { program } from '../src/program.ts'
import { folderState } from './folder-state.ts'
import { runHere } from './run-here.ts'
import { temporaryFolder } from './temporary-folder.ts'

afterEach(() => void vi.unstubAllEnvs())

const DOCUMENT = fileURLToPath(new URL('../../../docs/migrating.md', import.meta.url))

interface Step {
  readonly command: string
  readonly shown: readonly string[]
}

/** The commands of the document and what it shows of their output, in order. */
function steps(): Step[] {
  const fences = readFileSync(DOCUMENT, 'utf8').matchAll(/^```console\n([\s\S]*?)^```$/gm)
  return [...fences].flatMap(([, fence = '']) =>
    fence
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const [command = '', ...shown] = step.trimEnd().split('\n')
        return { command, shown }
      }),
  )
}

/** A line without what differs from one run to the next. */
function shape(line: string): string {
  return line
    .replaceAll(/\b\d{8}T\d{6}Z-[0-9a-f]{8}\b/g, 'TIME-ID')
    .replaceAll(/\b[0-9a-f]{8}\b/g, 'ID')
    .replaceAll(/[\d,]*\d/g, 'N')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** Whether lines are what is shown, in order; `…` stands for any number of others. */
function fits(lines: readonly string[], shown: readonly string[]): boolean {
  const [first, ...rest] = shown
  if (first === undefined) return lines.length === 0
  if (first === '…') return lines.some((_, i) => fits(lines.slice(i), rest)) || fits([], rest)
  return lines[0] === first && fits(lines.slice(1), rest)
}

const commands = program({
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  env: {},
  signal: new AbortController().signal,
}).commands

/** Whether the program has a command and its options. */
function isThere(words: readonly string[]): boolean {
  const own = commands.find((command) => command.name() === words[0])
  const options = words.filter((word) => word.startsWith('--'))
  return options.every((option) => own?.options.some(({ long }) => long === option)) && own !== undefined
}

test('the commands of docs/migrating.md, run in its order, print what it shows and lead to its end', {
  timeout: 300_000,
}, async () => {
  const HOME = temporaryFolder()
  vi.stubEnv('HOME', HOME)
  vi.stubEnv('XDG_DATA_HOME', join(HOME, '.local/share'))
  const source = join(HOME, '.hermes')
  await buildDemoHome(source)
  const before = folderState(source)
  const names = new Map<string, string>()
  const missing: string[] = []
  for (const { command, shown } of steps()) {
    const [, ...words] = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, word]) => quoted ?? word ?? '',
    )
    const args = words.map((word) => {
      const named = [...names].reduce((text, [written, actual]) => text.replaceAll(written, actual), word)
      return named.replace(/^~/, HOME)
    })
    if (!isThere(args)) {
      missing.push(command)
      continue
    }
    const { code, stdout, stderr } = await runHere(args)
    expect([0, 2], `${command}\n${stderr}`).toContain(code)
    expect(stderr, command).toBe('')
    const printed = stdout.replaceAll(HOME, '~').trimEnd()
    learn(names, shown.join('\n'), printed)
    const lines = printed.split('\n').map(shape).filter(Boolean)
    const expected = shown.map((line) => (line === '…' ? line : shape(line))).filter(Boolean)
    if (missing.length === 0 || !command.includes('archive'))
      expect(fits(lines, expected), `${command}\n\n${printed}`).toBe(true)
  }
  if (missing.length > 0) console.warn(`NOT RUN, for want of the command: ${missing.join('; ')}`)
  expect(folderState(source)).toEqual(before)
})

/** Ids and manifests that the document shows, and what they are in this run. */
function learn(names: Map<string, string>, shown: string, printed: string): void {
  for (const pattern of [/--undo ([0-9a-f]{8})\b/, /(manifest-[\w-]+\.json)/]) {
    const [written, actual] = [pattern.exec(shown)?.[1], pattern.exec(printed)?.[1]]
    if (written !== undefined && actual !== undefined && !names.has(written)) names.set(written, actual)
  }
}
