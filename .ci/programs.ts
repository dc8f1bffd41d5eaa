// Before the tests of a package: the programs that they start are bundled from the sources as they lie here, into
// `.cache/bundled/programs` of the package. A process then loads a few files instead of two hundred.
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { rolldown } from 'rolldown'
import type { TestProject } from 'vitest/node'
import { root } from './workspace.ts'

const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  cli: ['src/cli.ts', 'test/store-calls.ts', 'test/legacy-process.ts'],
  'store-sqlite': ['test/processes/*.ts'],
  gateway: ['test/processes/act.ts'],
  'example-gateway': ['main.ts', 'cron.ts'],
}
/** Packages with such programs. */
export const WITH_PROGRAMS: ReadonlySet<string> = new Set(Object.keys(PROGRAMS))

const isDist = process.env['TEST_AGAINST'] === 'dist'
/** A store starts it as a thread, and looks for it in the folder above. */
const THREAD = join(root, 'packages/store-sqlite', isDist ? 'dist/thread-work.js' : 'src/thread-work.ts')
const DAY_MS = 86_400_000

export async function setup(project: TestProject): Promise<void> {
  const bundle = (): Promise<void> => bundlePrograms(project.config.root, PROGRAMS[project.name] ?? [])
  await bundle()
  project.onTestsRerun(bundle)
}

async function bundlePrograms(folder: string, programs: readonly string[]): Promise<void> {
  const bundle = await rolldown({
    input: [...globSync([...programs], { cwd: folder }).map((path) => join(folder, path)), THREAD],
    platform: 'node',
    external: ['better-sqlite3'],
    // Else what a program alone needs of a package stands in the program, and others that load the package run it.
    treeshake: false,
    resolve: { conditionNames: [...(isDist ? [] : ['@faircopy/source']), 'node', 'import', 'module-sync'] },
  })
  const { output } = await bundle.generate({
    keepNames: true,
    entryFileNames: ({ facadeModuleId }) => (facadeModuleId === THREAD ? '[name].js' : 'programs/[name].js'),
    chunkFileNames: 'programs/[name]-[hash].js',
  })
  await bundle.close()
  const to = join(folder, '.cache/bundled')
  replace(join(to, 'package.json'), readFileSync(join(folder, 'package.json'), 'utf8'))
  for (const file of output) if (file.type === 'chunk') replace(join(to, file.fileName), file.code)
  removeOthers(join(to, 'programs'), new Set(output.map(({ fileName }) => basename(fileName))))
}

/** Another run may be using it: it is there whole at any moment, and left alone where it is the same. */
function replace(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.${process.pid}`, text)
  renameSync(`${path}.${process.pid}`, path)
}

/** What another run may still use stays for a day. */
function removeOthers(folder: string, written: ReadonlySet<string>): void {
  const others = readdirSync(folder).filter((name) => !written.has(name))
  for (const path of others.map((name) => join(folder, name)))
    if (Date.now() - statSync(path).mtimeMs > DAY_MS) rmSync(path, { force: true })
}
