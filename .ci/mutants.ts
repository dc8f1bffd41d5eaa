// Puts the faults of .ci/faults into a copy of the sources, one at a time, and asks whether the tests that each names fail.
// `mutants [package or fault…]` takes those alone. A fault is a patch; its first line says what goes wrong, its second names the tests.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { root } from './workspace.ts'

interface Fault {
  /** `package/name` */
  readonly name: string
  readonly says: string
  readonly tests: readonly string[]
  readonly patch: string
}

/** Longer than any of the named tests takes: what runs on is hung by the fault. */
const HANGS_AFTER_MS = 600_000

function faultOf(path: string): Fault {
  const [says = '', named = ''] = readFileSync(join(root, path), 'utf8').split('\n')
  const tests = /^Tests: (.+)$/.exec(named)?.[1]?.split(' ') ?? []
  if (tests.length === 0) throw new Error(`${path}: its second line is no "Tests: …"`)
  const lost = tests.filter((test) => !existsSync(join(root, test)))
  if (lost.length > 0) throw new Error(`${path}: ${lost.join(', ')} is not there`)
  return {
    name: `${basename(dirname(path))}/${basename(path, '.diff')}`,
    says,
    tests,
    patch: join(root, path),
  }
}

/** A copy of what the repository tracks, as it lies here, with the packages that are installed. */
function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'faircopy-mutants-'))
  const tracked = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], root).stdout
  for (const path of tracked.split('\0').filter((name) => name && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    cpSync(join(root, path), join(copy, path), { verbatimSymlinks: true })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  for (const path of globSync(['packages/*/node_modules', 'docs/examples/*/node_modules'], { cwd: root }))
    cpSync(join(root, path), join(copy, path), { recursive: true, verbatimSymlinks: true })
  return copy
}

function run(command: string, args: readonly string[], cwd: string) {
  return spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: HANGS_AFTER_MS,
    killSignal: 'SIGKILL',
    env: { ...process.env, CI: 'true', NO_COLOR: '1' },
  })
}

function runTests(copy: string, tests: readonly string[], bail: boolean): { green: boolean; output: string } {
  const args = ['run', '--reporter=dot', ...(bail ? ['--bail=1'] : []), ...new Set(tests)]
  const { status, stdout, stderr } = run(join(root, 'node_modules/.bin/vitest'), args, copy)
  return { green: status === 0, output: stdout + stderr }
}

function patch(copy: string, { name, patch: path }: Fault, how: readonly string[]): void {
  const { status, stderr } = run('git', ['apply', ...how, path], copy)
  if (status !== 0) throw new Error(`${name} no longer fits the sources, write it anew: ${stderr}`)
}

const wanted = process.argv.slice(2)
const faults = globSync('.ci/faults/*/*.diff', { cwd: root })
  .sort()
  .map(faultOf)
  .filter(({ name }) => wanted.length === 0 || wanted.includes(name) || wanted.includes(dirname(name)))
if (faults.length === 0) throw new Error(`No fault of ${wanted.join(', ')}`)

const copy = copyTree()
try {
  for (const fault of faults) patch(copy, fault, ['--check'])
  const sound = runTests(
    copy,
    faults.flatMap(({ tests }) => tests),
    false,
  )
  if (!sound.green) throw new Error(`Without a fault the tests are not green:\n${sound.output}`)
  const missed: Fault[] = []
  for (const fault of faults) {
    patch(copy, fault, [])
    const { green, output } = runTests(copy, fault.tests, true)
    patch(copy, fault, ['--reverse'])
    if (/SyntaxError|ERR_INVALID_TYPESCRIPT|Transform failed/.test(output) && !/ passed/.test(output))
      throw new Error(`${fault.name} is no code:\n${output}`)
    if (green) missed.push(fault)
    console.log(`${green ? 'MISSED ' : 'noticed'} ${fault.name}: ${fault.says}`)
  }
  for (const folder of new Set(faults.map(({ name }) => dirname(name)))) {
    const of = (list: readonly Fault[]): number => list.filter(({ name }) => dirname(name) === folder).length
    console.log(`${folder}: ${of(faults) - of(missed)} of ${of(faults)} noticed`)
  }
  process.exitCode = missed.length > 0 ? 1 : 0
} finally {
  rmSync(copy, { recursive: true, force: true })
}
