// Every TypeScript fence in the documents and doc comments type-checks, and the ones marked `<!-- run -->` run. So do the
// scripts of docs/examples; a folder there type-checks, and its `main.ts` runs with the lines of its `try.txt` on stdin.
//
//   node .ci/examples.ts                  against the sources
//   node .ci/examples.ts --installed DIR  against the packages installed in DIR, as a user gets them
import { type SpawnSyncOptions, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { documents, exampleFencesOf, type Fence, fencesOf } from './markdown.ts'
import { packages, published, root } from './workspace.ts'

const installed = process.argv[2] === '--installed' ? (process.argv[3] ?? '') : null
const folder = installed ? join(installed, 'examples') : mkdtempSync(join(tmpdir(), 'faircopy-examples-'))

try {
  mkdirSync(folder, { recursive: true })
  const examples = write(collect())
  const programs = globSync('docs/examples/*/main.ts', { cwd: root }).map(dirname).sort()
  for (const program of programs) copySources(program)
  const checked =
    typecheck() &&
    [...examples].every(([file, fence]) => fence.mark !== 'run' || run(file, fence.at)) &&
    programs.every((at) =>
      run(join(basename(at), 'main.ts'), at, readFileSync(join(root, at, 'try.txt'), 'utf8')),
    )
  const running = [...examples.values()].filter(({ mark }) => mark === 'run').length + programs.length
  console.log(`${examples.size + programs.length} examples, ${running} of them run`)
  if (!checked) process.exitCode = 1
} finally {
  if (!installed) rmSync(folder, { recursive: true, force: true })
}

function collect(): Fence[] {
  const own = installed ? published : packages
  const sources = own.flatMap((pkg) => globSync(`${pkg.folder}/src/**/*.ts`, { cwd: root })).sort()
  const wanted = ({ language, mark }: Fence): boolean =>
    (language === 'ts' || language === 'typescript') && mark !== 'skip'
  const outside = (file: string): boolean =>
    !packages.some((pkg) => !own.includes(pkg) && file.startsWith(`${pkg.folder}/`))
  const scripts = globSync('docs/examples/*.ts', { cwd: root })
    .sort()
    .map((at): Fence => ({ at, language: 'ts', text: readFileSync(join(root, at), 'utf8'), mark: 'run' }))
  const fences = [...documents.filter(outside).flatMap(fencesOf), ...sources.flatMap(exampleFencesOf)]
  return [...fences.filter(wanted), ...scripts]
}

/** Each fence becomes a module of its own, named for the place it comes from. */
function write(fences: readonly Fence[]): Map<string, Fence> {
  const examples = new Map<string, Fence>()
  for (const fence of fences) {
    const file = `${fence.at.replace(/[^\w.-]+/g, '-')}.ts`
    writeFileSync(join(folder, file), `${fence.text}\nexport {}\n`)
    examples.set(file, fence)
  }
  if (installed) {
    const entries = published.flatMap(({ manifest }) =>
      Object.keys(manifest.exports ?? {})
        .filter((path) => path !== './package.json')
        .map((path) => manifest.name + path.slice(1)),
    )
    const imports = entries.map((entry, index) => `import * as entry${index} from '${entry}'`)
    const all = entries.map((_, index) => `entry${index}`)
    writeFileSync(
      join(folder, 'every-entry.ts'),
      `${imports.join('\n')}\nexport default [${all.join(', ')}]\n`,
    )
  } else {
    for (const { folder: path, manifest } of packages) link(manifest.name, join(root, path))
    link('@types/node', join(root, 'node_modules/@types/node'))
    for (const name of ['zod', 'better-sqlite3', '@types/better-sqlite3', 'fast-check', 'vitest']) {
      const [owner] = globSync(`packages/*/node_modules/${name}`, { cwd: root }).sort()
      if (owner) link(name, join(root, owner))
    }
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  return examples
}

/** The modules of a folder of docs/examples, without what only the workspace needs. */
function copySources(at: string): void {
  mkdirSync(join(folder, basename(at)), { recursive: true })
  for (const file of globSync('*.ts', { cwd: join(root, at) })) {
    copyFileSync(join(root, at, file), join(folder, basename(at), file))
  }
}

function link(name: string, target: string): void {
  const path = join(folder, 'node_modules', name)
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path)
}

function typecheck(): boolean {
  const compilerOptions = {
    target: 'es2024',
    lib: ['esnext'],
    types: ['node'],
    module: 'nodenext',
    strict: true,
    noEmit: true,
    // A user without skipLibCheck checks our declarations too; in the workspace `tsc -b` has done that.
    skipLibCheck: !installed,
    customConditions: installed ? [] : ['@faircopy/source'],
    allowImportingTsExtensions: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    verbatimModuleSyntax: true,
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['*.ts', '*/*.ts'] }),
  )
  return succeeds(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { cwd: root })
}

function run(file: string, at: string, input = ''): boolean {
  const cwd = mkdtempSync(join(tmpdir(), 'faircopy-example-'))
  try {
    console.log(`running ${at}`)
    // What an example leaves for a look at it goes with its folder.
    const env = { ...process.env, TMPDIR: cwd }
    const source = installed ? [] : ['--conditions=@faircopy/source']
    return succeeds(process.execPath, [...source, join(folder, file)], { cwd, env, input })
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
}

function succeeds(command: string, args: readonly string[], options: SpawnSyncOptions): boolean {
  const { status, error } = spawnSync(command, args, { ...options, stdio: ['pipe', 'inherit', 'inherit'] })
  if (error) throw error
  return status === 0
}
