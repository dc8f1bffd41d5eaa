// Puts faults into a copy of the sources, one at a time, and asks whether the tests that should notice them fail.
// `mutants [package or fault…]` takes those of .ci/faults: patches whose first line says what goes wrong, and whose second
// names the tests; with `--choose 80 [--seed 7]` so many of them at random. `mutants --generated 50 [--seed 7] package…`
// takes changes that are generated, and the package's suite.
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
import { parseArgs } from 'node:util'
import { atRandom, generatedChanges, makeChange } from './generated-mutants.ts'
import { root } from './workspace.ts'

interface Fault {
  /** `package/name` */
  readonly name: string
  readonly says: string
  /** Files or folders of tests. */
  readonly tests: readonly string[]
  /** Puts it into a copy, and gives what takes it out. */
  readonly put: (copy: string) => () => void
}

/** Longer than any of the named tests takes: what runs on is hung by the fault. */
const HANGS_AFTER_MS = 600_000

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

function keptFault(path: string): Fault {
  const name = `${basename(dirname(path))}/${basename(path, '.diff')}`
  const [says = '', second = ''] = readFileSync(join(root, path), 'utf8').split('\n')
  const tests = /^Tests: (.+)$/.exec(second)?.[1]?.split(' ') ?? []
  const lost = tests.filter((test) => !existsSync(join(root, test)))
  if (tests.length === 0 || lost.length > 0)
    throw new Error(`${name} names no tests that are there ${lost.join(' ')}`)
  const apply = (copy: string, ...how: string[]): void => {
    const { status, stderr } = run('git', ['apply', '-C1', ...how, join(root, path)], copy)
    if (status !== 0) throw new Error(`${name} no longer fits the sources, write it anew: ${stderr}`)
  }
  const put = (copy: string) => {
    apply(copy)
    return () => apply(copy, '--reverse')
  }
  return { name, says, tests, put }
}

function keptFaults(wanted: readonly string[]): Fault[] {
  return globSync('.ci/faults/*/*.diff', { cwd: root })
    .sort()
    .map(keptFault)
    .filter(({ name }) => wanted.length === 0 || wanted.includes(name) || wanted.includes(dirname(name)))
}

/** So many of the faults as are asked for, at random; all of them where nothing is. */
function chosen(faults: readonly Fault[]): readonly Fault[] {
  if (choose === undefined) return faults
  console.log(`Chosen of ${faults.length} with --seed ${seed}`)
  return atRandom(faults, Number(choose), Number(seed)).sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function generatedFaults(packages: readonly string[], count: number, seed: number): Promise<Fault[]> {
  const install = ['-y', 'pnpm@12.21.0', 'install', '--ignore-workspace', '--frozen-lockfile']
  if (run('npx', install, join(root, '.ci/mutating')).status !== 0)
    throw new Error('The tools of .ci/mutating cannot be installed')
  console.log(`Generated with --seed ${seed}`)
  const faults: Fault[] = []
  for (const name of packages)
    for (const [i, change] of (await generatedChanges(name, count, seed)).entries())
      faults.push({
        name: `${name}/${i + 1}`,
        says: change.says,
        tests: [`packages/${name}/test/`],
        put: (copy) => makeChange(copy, change),
      })
  return faults
}

/** A copy of what the repository holds, as it lies here, with the packages that are installed. */
function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'faircopy-mutants-'))
  const listed = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], root).stdout
  for (const path of listed.split('\0').filter((name) => name && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    cpSync(join(root, path), join(copy, path), { verbatimSymlinks: true })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  for (const path of globSync(['packages/*/node_modules', 'docs/examples/*/node_modules'], { cwd: root }))
    cpSync(join(root, path), join(copy, path), { recursive: true, verbatimSymlinks: true })
  return copy
}

function runTests(copy: string, tests: readonly string[], bail: boolean): { green: boolean; output: string } {
  const args = ['run', '--reporter=dot', ...(bail ? ['--bail=1'] : []), ...new Set(tests)]
  const { status, stdout, stderr } = run(join(root, 'node_modules/.bin/vitest'), args, copy)
  const output = stdout + stderr
  if (/PARSE_ERROR|ERR_INVALID_TYPESCRIPT|Transform failed/.test(output))
    throw new Error(`No code:\n${output}`)
  return { green: status === 0, output }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { generated: { type: 'string' }, choose: { type: 'string' }, seed: { type: 'string' } },
})
const { generated, choose, seed = `${Date.now() % 1_000_000}` } = values
const faults =
  generated === undefined
    ? chosen(keptFaults(positionals))
    : await generatedFaults(positionals, Number(generated), Number(seed))
if (faults.length === 0) throw new Error(`No fault of ${positionals.join(', ')}`)

const copy = copyTree()
try {
  for (const { put } of faults) put(copy)()
  const tests = faults.flatMap((fault) => fault.tests)
  const { green: isSound, output } = runTests(copy, tests, false)
  if (!isSound) throw new Error(`Without a fault the tests are not green:\n${output}`)
  const missed: Fault[] = []
  for (const fault of faults) {
    const takeOut = fault.put(copy)
    const { green } = runTests(copy, fault.tests, true)
    takeOut()
    if (green) missed.push(fault)
    console.log(`${green ? 'MISSED ' : 'noticed'} ${fault.name}: ${fault.says}`)
  }
  for (const folder of new Set(faults.map(({ name }) => dirname(name)))) {
    const countOf = (list: readonly Fault[]): number =>
      list.filter(({ name }) => dirname(name) === folder).length
    console.log(`${folder}: ${countOf(faults) - countOf(missed)} of ${countOf(faults)} noticed`)
  }
  process.exitCode = missed.length > 0 ? 1 : 0
} finally {
  rmSync(copy, { recursive: true, force: true })
}
