// A random choice of small changes to a package's sources, as Stryker makes them.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './workspace.ts'

/** A stretch of a file, and what stands there instead. */
export interface Change {
  readonly file: string
  readonly from: number
  readonly through: number
  readonly put: string
  /** `file:line: what was -> what is`, each cut short. */
  readonly says: string
}

interface Place {
  readonly line: number
  readonly column: number
}

interface Mutant {
  readonly mutatorName: string
  readonly location: { readonly start: Place; readonly end: Place }
  readonly replacement: string
  readonly status?: string
}

interface Instrumenter {
  instrument(files: readonly object[], options: object): Promise<{ readonly mutants: readonly Mutant[] }>
}

interface InstrumenterModule {
  readonly createInstrumenter: unknown
}

interface InjectorModule {
  createInjector(): {
    provideValue(name: string, value: unknown): { injectFunction(make: unknown): Instrumenter }
  }
}

/**
 * Words in errors and documents are no rule, a body that is emptied is noticed by anything that runs, and most of `?.` is
 * there for the compiler.
 */
const EXCLUDED = ['StringLiteral', 'BlockStatement', 'Regex', 'OptionalChaining']
const SILENT = Object.fromEntries(
  ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].flatMap((level) => [
    [level, (): void => {}],
    [`is${level[0]?.toUpperCase()}${level.slice(1)}Enabled`, (): boolean => false],
  ]),
)

/** `count` changes of a package, chosen by `seed`. The tools stand in a folder of their own, and are installed before. */
export async function generatedChanges(name: string, count: number, seed: number): Promise<Change[]> {
  const tools = new URL('mutating/node_modules/', import.meta.url)
  const load = (path: string): Promise<unknown> => import(new URL(path, tools).href)
  const { createInstrumenter } = (await load(
    '@stryker-mutator/instrumenter/dist/src/index.js',
  )) as InstrumenterModule
  const { createInjector } = (await load('typed-inject/dist/src/index.js')) as InjectorModule
  const instrumenter = createInjector().provideValue('logger', SILENT).injectFunction(createInstrumenter)
  const files = globSync(`packages/${name}/src/**/*.ts`, {
    cwd: root,
    exclude: (path) => path.endsWith('/index.ts'),
  }).sort()
  const all: Change[] = []
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8')
    const { mutants } = await instrumenter.instrument(
      [{ name: join(root, file), content: text, mutate: true }],
      {
        plugins: null,
        excludedMutations: EXCLUDED,
        mutationLevel: 'standard',
        ignorers: [],
        noHeader: true,
      },
    )
    for (const mutant of mutants) if (mutant.status !== 'Ignored') all.push(changeOf(file, text, mutant))
  }
  return atRandom(all, count, seed)
}

/** `count` of a list, or all of it where there are fewer; the same for the same seed. */
export function atRandom<T>(list: readonly T[], count: number, seed: number): T[] {
  const random = randomOf(seed)
  const left = [...list]
  return Array.from({ length: Math.min(count, left.length) }, () =>
    left.splice(Math.floor(random() * left.length), 1),
  ).flat()
}

/** Makes a change in a copy of the sources, and gives what takes it back. */
export function makeChange(copy: string, { file, from, through, put }: Change): () => void {
  const path = join(copy, file)
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.slice(0, from) + put + text.slice(through))
  return () => writeFileSync(path, text)
}

function changeOf(
  file: string,
  text: string,
  { location: { start, end }, replacement, mutatorName }: Mutant,
): Change {
  const lines = text.split('\n')
  const at = ({ line, column }: Place): number =>
    lines.slice(0, line).reduce((sum, { length }) => sum + length + 1, 0) + column
  const [from, through] = [at(start), at(end)]
  const short = (code: string): string => code.replace(/\s+/g, ' ').slice(0, 70)
  return {
    file,
    from,
    through,
    // What was one expression stays one.
    put: mutatorName === 'CallExpression' ? replacement : `(${replacement})`,
    says: `${file}:${start.line + 1}: ${short(text.slice(from, through))} -> ${short(replacement)}`,
  }
}

function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
