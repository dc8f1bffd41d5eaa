// Compares what each published package declares to its users with the committed copy, packages/*/api.txt.
// `--write` renews the copies. Needs the build: `tsc -b`.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { published, root } from './workspace.ts'

const write = process.argv.includes('--write')
let changed = 0

for (const { folder, manifest } of published) {
  const dist = join(root, folder, 'dist')
  const entries = Object.values(manifest.exports ?? {}).flatMap((target) =>
    typeof target === 'object' && target.types ? [join(root, folder, target.types)] : [],
  )
  const report = reachable(entries).map((file) => `// ${relative(dist, file)}\n${declarations(file)}`)
  const now = `${report.join('\n')}\n`
  const copy = join(root, folder, 'api.txt')
  if (write) {
    writeFileSync(copy, now)
  } else if (!existsSync(copy) || readFileSync(copy, 'utf8') !== now) {
    changed++
    console.error(`${folder}/api.txt: the public API changed`)
    showFirstDifference(existsSync(copy) ? readFileSync(copy, 'utf8') : '', now)
  }
}

if (changed > 0) {
  console.error(
    'If that is meant: `npx -y pnpm@12 api --write`, and a changeset that says what users have to do.',
  )
  process.exitCode = 1
}

/** The declaration files that a user of the entries gets to see, in a stable order. */
function reachable(entries: readonly string[]): string[] {
  const found = new Set<string>()
  const visit = (file: string): void => {
    if (found.has(file)) return
    found.add(file)
    const code = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '')
    for (const [, specifier] of code.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)) {
      const name = basename(specifier as string).replace(/\.[jt]s$/, '.d.ts')
      visit(join(dirname(file), dirname(specifier as string), name))
    }
  }
  for (const entry of entries) visit(entry)
  return [...found].sort()
}

function declarations(file: string): string {
  return readFileSync(file, 'utf8')
    .replace(/^\/\/# sourceMappingURL=.*$/m, '')
    .trimEnd()
}

function showFirstDifference(before: string, after: string): void {
  const [old, current] = [before.split('\n'), after.split('\n')]
  const at = current.findIndex((line, index) => line !== old[index])
  const line = at === -1 ? current.length : at
  console.error(`  line ${line + 1}\n  - ${old[line] ?? '(end)'}\n  + ${current[line] ?? '(end)'}`)
}
