// What no other tool checks: READMEs of one shape, links that lead somewhere, manifests fit to publish, faults that fit the
// sources, and no word of the machine that something was written on. Prints every finding; exit status 1 if there is any.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join, normalize } from 'node:path'
import { documents } from './markdown.ts'
import { type Package, packages, published, root } from './workspace.ts'

/** The second-level headings of every package's README, in this order. */
const sections = ['Install', 'Example', 'Promises', 'Not promised', 'Links']

/** What a package may bring into a user's node_modules besides its siblings; the siblings are turbo's business. */
const thirdParties: Record<string, readonly string[]> = {
  '@faircopy/store-core': ['zod'],
  '@faircopy/conformance': ['zod'],
  '@faircopy/legacy-jsonl': ['zod'],
  '@faircopy/store-sqlite': ['better-sqlite3'],
  '@faircopy/legacy-hermes': ['better-sqlite3'],
  faircopy: ['@bomb.sh/tab', 'better-sqlite3', 'cli-progress', 'commander', 'env-paths'],
}

/** A command of the command line, by the names of the files that declare them. */
const commandLine = new RegExp(
  `\\bfaircopy (?:${globSync('packages/cli/src/usage/*.ts', { cwd: root })
    .map((file) => basename(file, '.ts'))
    .join('|')})\\b`,
)

/** Where every place is listed that looks again, with the test in which somebody acts before it does. */
const LOOKS_AGAIN = 'docs/looks-again.md'

/** What is called for nothing but to look again: no call of it without a word of what may have happened since. */
const LOOKS = /^(?!\s*\/?\*|(?:export |async )*function ).*\b(proveUnderLock|proveBeforeFold|refuseWritten)\(/
const MARK = /^\s*\/\/ Looks again: (.+)$/

/** The host of the registry that this machine installs from. */
const ownRegistry = new URL(
  execFileSync('npm', ['config', 'get', 'registry'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim(),
).hostname

const findings = [
  ...packages.flatMap(readmeShape),
  ...documents.flatMap(deadLinks),
  ...published.flatMap(unfitToPublish),
  ...globSync('.changeset/*.md', { cwd: root }).flatMap(unreadableChangeset),
  ...trackedFiles().flatMap(wordsOfTheMachine),
  ...globSync('packages/*/src/**/*.ts', { cwd: root }).flatMap(silencedBoundaries),
  ...globSync('packages/*/src/**/*.ts', { cwd: root }).flatMap(commandLines),
  ...globSync('.ci/faults/*/*.diff', { cwd: root }).flatMap(misfits),
  ...looksAgain(),
]
for (const finding of findings) console.error(finding)
if (findings.length > 0) process.exitCode = 1

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

function trackedFiles(): string[] {
  const names = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  return names.split('\0').filter((name) => name !== '' && existsSync(join(root, name)))
}

function readmeShape({ folder, manifest }: Package): string[] {
  const file = `${folder}/README.md`
  const lines = withoutFences(read(file))
  const title = lines.find((line) => line.startsWith('# '))
  const found = lines.flatMap((line) => (line.startsWith('## ') ? [line.slice(3).trim()] : []))
  return [
    ...(title === `# ${manifest.name}` ? [] : [`${file}: the title is not "# ${manifest.name}"`]),
    ...(found.join() === sections.join() ? [] : [`${file}: sections are "${found}", not "${sections}"`]),
    ...(existsSync(join(root, folder, 'LICENSE')) ? [] : [`${folder}: no LICENSE`]),
  ]
}

/** Commands are written by the command line alone: a library says what to do, whoever calls it. */
function commandLines(file: string): string[] {
  if (/^packages\/(?:cli|bench)\//.test(file)) return []
  return read(file)
    .split('\n')
    .flatMap((line, index) =>
      commandLine.test(line) ? [`${file}:${index + 1}: a library names a command`] : [],
    )
}

function deadLinks(file: string): string[] {
  return withoutFences(read(file)).flatMap((line, index) =>
    [...line.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].flatMap(([, target]) => {
      const [path, anchor] = (target ?? '').split('#')
      if (/^[a-z]+:/i.test(target ?? '')) return []
      const to = path ? normalize(join(dirname(file), decodeURIComponent(path))) : file
      const dead =
        to.startsWith('..') || !existsSync(join(root, to)) || (anchor && !anchors(to).includes(anchor))
      return dead ? [`${file}:${index + 1}: ${target} leads nowhere`] : []
    }),
  )
}

/** The anchors of a document's headings, as the usual hosts make them. */
function anchors(file: string): string[] {
  return withoutFences(read(file)).flatMap((line) => {
    const [, heading] = /^#{1,6} (.*)$/.exec(line) ?? []
    if (!heading) return []
    return heading
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
  })
}

/** Lines, with those of code fences emptied so that the numbers stay. */
function withoutFences(text: string): string[] {
  let inside = false
  return text.split('\n').map((line) => {
    const fence = line.startsWith('```')
    if (fence) inside = !inside
    return inside || fence ? '' : line
  })
}

function unfitToPublish({ folder, manifest }: Package): string[] {
  const catalog = read('pnpm-workspace.yaml')
  const dependencies = {
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.optionalDependencies,
  }
  const range = (name: string, version: string): string =>
    version === 'catalog:'
      ? (new RegExp(`^  "?${name}"?: (.*)$`, 'm').exec(catalog)?.[1] ?? 'nothing')
      : version
  const pinned = Object.entries(dependencies).filter(
    ([name, version]) => !/^(workspace:)?\^/.test(range(name, version)),
  )
  const strangers = Object.keys(dependencies).filter(
    (name) =>
      !packages.some((pkg) => pkg.manifest.name === name) && !thirdParties[manifest.name]?.includes(name),
  )
  const unpublished = Object.keys(dependencies).filter((name) =>
    packages.some((pkg) => pkg.manifest.name === name && pkg.manifest.private),
  )
  const installScripts = ['preinstall', 'install', 'postinstall', 'prepare', 'preprepare', 'postprepare']
  const wrong = [
    ...pinned.map(([name, version]) => `${name} is ${range(name, version)}, not a ^range`),
    ...strangers.map((name) => `may not depend on ${name}`),
    ...unpublished.map((name) => `depends on ${name}, which is not published`),
    ...installScripts
      .filter((script) => manifest.scripts?.[script])
      .map((script) => `has a script ${script}`),
    ...(manifest.engines?.['node'] === '>=22.14' ? [] : ['engines.node is not >=22.14']),
    ...(manifest.type === 'module' ? [] : ['is not "type": "module"']),
    ...(manifest.license === 'MIT' ? [] : ['has no license']),
    ...(manifest.publishConfig?.access === 'public' ? [] : ['publishConfig.access is not public']),
    ...(JSON.stringify(manifest.publishConfig?.exports ?? '@faircopy/source').includes('@faircopy/source')
      ? ['publishConfig.exports names the source condition']
      : []),
    ...(Object.keys(manifest.exports ?? {}).join() ===
    Object.keys(manifest.publishConfig?.exports ?? {}).join()
      ? []
      : ['exports and publishConfig.exports differ']),
  ]
  return wrong.map((what) => `${folder}/package.json: ${what}`)
}

function unreadableChangeset(file: string): string[] {
  if (file.endsWith('README.md')) return []
  const [, head, summary] =
    /^---\n((?:"[^"]+": (?:patch|minor|major)\n)*)---\n([\s\S]*)$/.exec(read(file)) ?? []
  if (head === undefined) return [`${file}: its head is not lines of "package": patch, minor or major`]
  const names = [...head.matchAll(/^"([^"]+)"/gm)].map(([, name]) => name)
  const strangers = names.filter((name) => !published.some(({ manifest }) => manifest.name === name))
  return [
    ...strangers.map((name) => `${file}: ${name} is not published`),
    ...(names.length > 0 && !summary?.trim() ? [`${file}: says nothing to users`] : []),
  ]
}

/** Folders of one machine, its registry and its user: never part of a file that others read. */
function wordsOfTheMachine(file: string): string[] {
  const folders = ['work', 'root', 'home', 'Users'].map((name) => `/${name}/`)
  const places = [root, `${homedir()}/`, ...folders, ['..', 'shared'].join('/')].filter(
    (place) => place.length > 2,
  )
  const host = /\bregistry(\.[a-z0-9-]+)+\.[a-z]{2,}/i
  const text = read(file)
  return text.split('\n').flatMap((line, index) => {
    const place = places.find((name) => startsPath(line, name))
    const words = place ?? host.exec(line)?.[0] ?? (line.includes(ownRegistry) ? 'a registry' : null)
    return words ? [`${file}:${index + 1}: names ${words}`] : []
  })
}

function startsPath(line: string, place: string): boolean {
  for (let at = line.indexOf(place); at !== -1; at = line.indexOf(place, at + 1)) {
    if (!/[\w.~*-]/.test(line[at - 1] ?? '')) return true
  }
  return false
}

/** The suppressions that would let a forbidden import through. */
function silencedBoundaries(file: string): string[] {
  const comment = /biome-ignore.*(noRestrictedImports|noRestrictedGlobals|plugin)|@boundaries-ignore/
  return read(file)
    .split('\n')
    .flatMap((line, index) =>
      comment.test(line) ? [`${file}:${index + 1}: silences a package boundary`] : [],
    )
}

/** A kept fault that could not be put into the sources as they are: no test would have to notice it. */
function misfits(file: string): string[] {
  const { status } = spawnSync('git', ['apply', '--check', file], { cwd: root, stdio: 'ignore' })
  return status === 0 ? [] : [`${file}: no longer fits the sources`]
}

/** The comments of the sources against the list, and the list against the tests. */
function looksAgain(): string[] {
  const marked = globSync('packages/*/src/**/*.ts', { cwd: root }).flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line) => (MARK.test(line) ? [`${file}: ${MARK.exec(line)?.[1]}`] : [])),
  )
  let folder = ''
  const listed: string[] = []
  const untested: string[] = []
  for (const line of read(LOOKS_AGAIN).split('\n')) {
    if (line.startsWith('## ')) folder = `packages/${line.slice(3)}`
    const [, place, says, , test = '', title = ''] =
      /^\| `([^`]+)` \| (.+?) \| (.+?) \| `([^`]+)` `(.+)` \|$/.exec(line) ?? []
    if (place === undefined) continue
    listed.push(`${folder}/${place}: ${says}`)
    const file = `${folder}/${test}`
    if (!existsSync(join(root, file)) || !read(file).includes(title))
      untested.push(`${LOOKS_AGAIN}: ${file} has no test "${title}"`)
  }
  return [
    ...without(marked, listed).map((one) => `${one} (looks again, and is not in ${LOOKS_AGAIN})`),
    ...without(listed, marked).map((one) => `${LOOKS_AGAIN}: nothing looks again as in ${one}`),
    ...untested,
    ...globSync('packages/*/src/**/*.ts', { cwd: root }).flatMap(unmarkedLooks),
  ]
}

/** The texts of one list that another lacks, each as often as it does. */
function without(texts: readonly string[], others: readonly string[]): string[] {
  const left = [...others]
  return texts.filter((text) => {
    const at = left.indexOf(text)
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
}

/** Calls of what does nothing but look again that have no comment right above them. */
function unmarkedLooks(file: string): string[] {
  const lines = read(file).split('\n')
  return lines.flatMap((line, index) => {
    const [, name] = LOOKS.exec(line) ?? []
    return name && !MARK.test(lines[index - 1] ?? '')
      ? [`${file}:${index + 1}: ${name} looks again, and no comment says what may have happened since`]
      : []
  })
}
