// Figures of the sources, printed: code lines of each package (without comments, imports and blanks; conformance and bench
// apart), files, functions with more than five parameters, exported names, import cycles, and rings of folders. A figure is a
// symptom's measure: only a cycle of files or of folders fails.
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { packages, root } from './workspace.ts'

const MOST_PARAMETERS = 5
const sources = globSync('packages/*/src/**/*.ts', { cwd: root }).sort()
const text = new Map(sources.map((file) => [file, withoutComments(readFileSync(join(root, file), 'utf8'))]))

let all = 0
for (const { folder } of packages) {
  const files = sources.filter((file) => file.startsWith(`${folder}/src/`))
  const lines = files.reduce((sum, file) => sum + codeLines(file), 0)
  if (!/bench|conformance/.test(folder)) all += lines
  console.log(`${String(lines).padStart(6)} code lines, ${String(files.length).padStart(3)} files  ${folder}`)
}
console.log(`${String(all).padStart(6)} code lines without conformance and bench`)
console.log(`${functionsOfMany()} functions with more than ${MOST_PARAMETERS} parameters`)
for (const { folder } of packages) {
  const index = `${folder}/src/index.ts`
  if (text.has(index))
    console.log(`${String(exportedNames(index).size).padStart(6)} exported names  ${folder}`)
}
const cycles = circles(importsOf(sources))
console.log(
  `${cycles.length} import cycles${cycles.map((one) => `\n  ${one.length} files, of them ${one[0]}`).join('')}`,
)
if (cycles.length > 0) process.exitCode = 1
const arrows = arrowsBetweenFolders()
const rings = circles(foldersOf(arrows))
console.log(`${rings.length} rings of folders${rings.map((ring) => told(ring)).join('')}`)
if (rings.length > 0) process.exitCode = 1

/** The text without its comments: what looks like one within a string or a template is none. */
function withoutComments(source: string): string {
  const tokens =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[dgimsuvy]*(?=[\s.,;)\]])/g
  return source.replace(tokens, (token) => (/^\/[*/]/.test(token) ? '' : token))
}

function codeLines(file: string): number {
  const code = (text.get(file) ?? '').replace(
    /^(?:import|export)\b[^'"]*?\bfrom ['"][^'"]*['"]|^import ['"][^'"]*['"]/gm,
    '',
  )
  return code.split('\n').filter((line) => line.trim() !== '').length
}

function functionsOfMany(): number {
  const { stdout } = spawnSync(
    'biome',
    [
      'lint',
      '--only=complexity/useMaxParams',
      '--reporter=json',
      '--max-diagnostics=none',
      ...packages.map(({ folder }) => `${folder}/src`),
    ],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 },
  )
  const counts = [...stdout.matchAll(/has (\d+) parameters/g)].map(([, count]) => Number(count))
  if (!stdout.startsWith('{')) throw new Error('biome gave no report')
  return counts.filter((count) => count > MOST_PARAMETERS).length
}

/** The names that a module exports, through what it passes on. */
function exportedNames(file: string): Set<string> {
  const code = text.get(file) ?? ''
  const names = new Set<string>()
  for (const [, from = ''] of code.matchAll(/^export (?:type )?\* from ['"](\.[^'"]+)['"]/gm))
    for (const name of exportedNames(normalize(join(dirname(file), from)))) names.add(name)
  for (const [, list = ''] of code.matchAll(/^export (?:type )?\{([^}]*)\}/gm))
    for (const one of list.split(',')) names.add(one.trim().split(/\s+/).at(-1) ?? '')
  const declared =
    /^export (?:declare )?(?:abstract )?(?:async )?(?:class|function\*?|const|let|interface|type|enum) (\w+)/gm
  for (const [, name = ''] of code.matchAll(declared)) names.add(name)
  names.delete('')
  return names
}

/** What each file imports of its own package. */
function importsOf(files: readonly string[]): Map<string, string[]> {
  return new Map(
    files.map((file) => [
      file,
      [...(text.get(file) ?? '').matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"]+)['"]/g)].flatMap(
        ([, to = '']) => {
          const target = normalize(join(dirname(file), to))
          return text.has(target) ? [target] : []
        },
      ),
    ]),
  )
}

/** The strongly connected parts of more than one file (Tarjan). */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = []
  const order = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const visit = (file: string): void => {
    order.set(file, order.size)
    low.set(file, order.get(file) ?? 0)
    stack.push(file)
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) visit(next)
      if (stack.includes(next)) low.set(file, Math.min(low.get(file) ?? 0, low.get(next) ?? 0))
    }
    if (low.get(file) !== order.get(file)) return
    const circle = stack.splice(stack.indexOf(file))
    if (circle.length > 1) found.push(circle)
  }
  for (const file of graph.keys()) if (!order.has(file)) visit(file)
  return found
}

/** What a package hands out is at its root, and passes on what lies deeper. */
function entryPoints(): Set<string> {
  return new Set(
    packages.flatMap(({ folder, manifest }) =>
      Object.values(manifest.exports ?? {}).flatMap((one) =>
        typeof one === 'object' && '@faircopy/source' in one
          ? [normalize(join(folder, String(one['@faircopy/source'])))]
          : [],
      ),
    ),
  )
}

/** The imports from one folder to another, by these two; entry points aside, which pass on what lies deeper. */
function arrowsBetweenFolders(): Map<string, Map<string, string[]>> {
  const found = new Map<string, Map<string, string[]>>()
  const entries = entryPoints()
  for (const [file, targets] of importsOf(sources)) {
    if (entries.has(file)) continue
    for (const target of targets) {
      const [from, to] = [dirname(file), dirname(target)]
      if (from === to) continue
      const into = found.get(from) ?? new Map<string, string[]>()
      into.set(to, [...(into.get(to) ?? []), `${file} -> ${target}`])
      found.set(from, into)
    }
  }
  return found
}

function foldersOf(arrows: ReadonlyMap<string, ReadonlyMap<string, unknown>>): Map<string, string[]> {
  return new Map([...arrows].map(([from, into]) => [from, [...into.keys()]]))
}

/** A ring, with the imports of its thinnest arrows. */
function told(ring: readonly string[]): string {
  const within = ring.flatMap((from) =>
    [...(arrows.get(from) ?? [])].flatMap(([to, imports]) =>
      ring.includes(to) ? [{ from, to, imports }] : [],
    ),
  )
  const thin = within.filter(({ imports }) => imports.length <= 3)
  return `\n  ${ring.join(', ')}${thin.map(({ imports }) => `\n    ${imports.join('\n    ')}`).join('')}`
}
