// A release from beginning to end, to a registry on this machine, of what is committed: `npx -y pnpm@12 release:rehearse`.
// Round 1 releases what the waiting changesets say, round 2 a change to one package alone. After each round a stranger
// installs what was published, with plain npm and plain Node, and uses it. All of it happens in one temporary folder.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { root } from './workspace.ts'

interface Round {
  readonly changeset: string | null
  /** The packages that have to come out of it; no other may. */
  readonly expected: readonly string[]
}

/** Package name to the version that the registry gives to those who name none; nothing of what was never published. */
type Versions = ReadonlyMap<string, string>

const began = performance.now()
const temporary = mkdtempSync(join(tmpdir(), 'faircopy-rehearsal-'))
const clone = join(temporary, 'clone')
let running: ChildProcess | null = null
let interrupted: string | null = null
let server = null as Server | null

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted = signal
    if (running?.pid) process.kill(-running.pid, 'SIGTERM')
  })
}

try {
  await rehearse()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  server?.close()
  server?.closeAllConnections()
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5 })
}

async function rehearse(): Promise<void> {
  await step('clone and install', async () => {
    await run('git', ['clone', '--quiet', root, clone], temporary)
    // A history of its own: where it has a shallow one, `changeset version` never ends.
    rmSync(join(clone, '.git'), { recursive: true })
    await run('git', ['init', '--quiet', '--initial-branch', 'main'], clone)
    await run('git', ['config', 'user.name', 'Rehearsal'], clone)
    await run('git', ['config', 'user.email', 'rehearsal@localhost'], clone)
    await commit('What is rehearsed')
    await run('pnpm', ['install', '--frozen-lockfile', '--prefer-offline'], clone)
  })
  const registry = await step('start a registry', startRegistry)
  const login = await step('log in', () => logIn(registry))

  // The clone's own, so that nothing uncommitted has a say.
  const { published } = (await import(join(clone, '.ci/workspace.ts'))) as typeof import('./workspace.ts')
  const { fencesOf } = (await import(join(clone, '.ci/markdown.ts'))) as typeof import('./markdown.ts')
  const examples = fencesOf('README.md').filter(({ mark }) => mark === 'run')
  if (examples.length === 0) throw new Error('README.md: no example is marked to be run')

  const names = published.map(({ manifest }) => manifest.name)
  const changed = '@faircopy/reconcile'
  const dependants = published.filter(({ manifest }) => manifest.dependencies?.[changed])
  const rounds: readonly Round[] = [
    { changeset: null, expected: names },
    {
      // Only a new major leaves the ranges of those who depend on it, whatever the version: they have to follow, with a
      // patch that stays in everyone's range.
      changeset: `---\n"${changed}": major\n---\n\nA change that its users notice.\n`,
      expected: [changed, ...dependants.map(({ manifest }) => manifest.name)],
    },
  ]

  const history: Versions[] = [new Map()]
  for (const [index, round] of rounds.entries()) {
    const number = index + 1
    await step(`round ${number}: version, build, publish`, () => release(round, login))
    const versions = await latest(registry, names)
    judge(number, round, history.at(-1) as Versions, versions)
    history.push(versions)
    const folder = join(temporary, `user-${number}`)
    await step(`round ${number}: install and use`, () =>
      use(
        folder,
        registry,
        versions,
        examples.map(({ text }) => text),
      ),
    )
  }
  console.log(table(names, history))
}

/** A registry in this process that holds what is published to it, and asks no other. Resolves to its URL. */
async function startRegistry(): Promise<string> {
  const folder = join(temporary, 'registry')
  mkdirSync(folder)
  writeFileSync(
    join(folder, 'package.json'),
    '{ "private": true, "dependencies": { "verdaccio": "6.10.4" } }',
  )
  // By the rules of the workspace: nothing younger than a day, no install scripts. What verdaccio asks for by the tag
  // `node-fetch@cjs`, not every registry serves.
  const rules = [
    'packages: []',
    'overrides: { node-fetch: 2.7.0 }',
    'minimumReleaseAge: 1440',
    'allowBuilds: {}',
    'pmOnFail: ignore',
  ]
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), `${rules.join('\n')}\n`)
  await run('pnpm', ['install', '--no-frozen-lockfile', '--prefer-offline'], folder)
  const { runServer } = createRequire(join(folder, 'package.json'))('verdaccio') as {
    runServer: (config: object) => Promise<Server>
  }
  server = await runServer({
    self_path: folder,
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd') } },
    uplinks: {},
    packages: { '**': { access: '$all', publish: '$authenticated' } },
    web: { enable: false },
    log: { type: 'stdout', level: 'fatal' },
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** What a command needs in its environment to publish to the registry. */
async function logIn(registry: string): Promise<NodeJS.ProcessEnv> {
  const response = await fetch(`${registry}-/user/org.couchdb.user:rehearsal`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'rehearsal', password: crypto.randomUUID() }),
  })
  const { token } = (await response.json()) as { token?: string }
  if (!token) throw new Error(`the registry gave no token: ${response.status}`)
  const file = join(temporary, 'login')
  writeFileSync(file, `registry=${registry}\n${registry.replace('http:', '')}:_authToken=${token}\n`)
  return {
    PNPM_CONFIG_NPMRC_AUTH_FILE: file,
    PNPM_CONFIG_REGISTRY: registry,
    npm_config_registry: registry,
  }
}

async function release({ changeset }: Round, login: NodeJS.ProcessEnv): Promise<void> {
  if (changeset !== null) writeFileSync(join(clone, '.changeset/rehearsal.md'), changeset)
  await run('pnpm', ['exec', 'changeset', 'version'], clone)
  await commit('Version packages')
  await run('pnpm', ['exec', 'tsc', '-b'], clone)
  await run('pnpm', ['exec', 'changeset', 'publish'], clone, login)
}

async function commit(message: string): Promise<void> {
  await run('git', ['add', '--all'], clone)
  await run('git', ['commit', '--quiet', '--allow-empty', '--message', message], clone)
}

async function latest(registry: string, names: readonly string[]): Promise<Versions> {
  const versions = new Map<string, string>()
  for (const name of names) {
    const response = await fetch(registry + encodeURIComponent(name))
    const { 'dist-tags': tags } = (await response.json()) as { 'dist-tags'?: { latest: string } }
    if (tags) versions.set(name, tags.latest)
  }
  return versions
}

function judge(number: number, { expected }: Round, before: Versions, after: Versions): void {
  const released = [...after.keys()].filter((name) => after.get(name) !== before.get(name))
  const missing = expected.filter((name) => !released.includes(name))
  const uncalled = released.filter((name) => !expected.includes(name))
  const unversioned = released.filter((name) => after.get(name) === '0.0.0')
  const wrong = [
    ...missing.map((name) => `${name} was not released`),
    ...uncalled.map((name) => `${name} was released, though nothing it needs has changed`),
    ...unversioned.map((name) => `${name} has no changeset for its first release`),
  ]
  if (wrong.length > 0) throw new Error(wrong.map((what) => `round ${number}: ${what}`).join('\n'))
}

/** Installs and runs in a folder of its own, with nothing of the workspace on the PATH. */
async function use(
  folder: string,
  registry: string,
  versions: Versions,
  examples: readonly string[],
): Promise<void> {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  // Only the scope is ours: what comes from others, npm gets where it always does. A name without a scope can't be sent
  // to another registry, so that package is asked for by its address there.
  writeFileSync(join(folder, '.npmrc'), `@faircopy:registry=${registry}\n`)
  const wanted = [...versions].map(([name, version]) =>
    name.startsWith('@') ? `${name}@latest` : `${registry}${name}/-/${name}-${version}.tgz`,
  )
  const fresh = ['--no-prefer-offline', '--prefer-online']
  await run('npm', ['install', '--no-audit', '--no-fund', ...fresh, ...wanted], folder, strangersEnv())
  oneCopyOfEach(folder, versions)

  const said = await faircopy(folder, '--version')
  if (said !== versions.get('faircopy')) throw new Error(`faircopy --version says "${said}"`)
  if ((await faircopy(folder, 'demo')) === '') throw new Error('faircopy demo says nothing')
  for (const [index, text] of examples.entries()) {
    writeFileSync(join(folder, `example-${index}.ts`), text)
    await run('node', [`example-${index}.ts`], folder, strangersEnv())
  }
}

function faircopy(folder: string, ...args: readonly string[]): Promise<string> {
  return run(join(folder, 'node_modules/.bin/faircopy'), args, folder, strangersEnv())
}

/** Two copies of a package would mean that someone's range was left behind. */
function oneCopyOfEach(folder: string, versions: Versions): void {
  const lockfile = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string }>
  }
  for (const [name, version] of versions) {
    const copies = Object.entries(lockfile.packages).filter(([path]) => path.endsWith(`node_modules/${name}`))
    const found = copies.map(([path, copy]) => `${copy.version} in ${path}`).join(', ')
    if (found !== `${version} in node_modules/${name}`)
      throw new Error(`installed as ${name} ${version}: ${found}`)
  }
}

function strangersEnv(): NodeJS.ProcessEnv {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((part) => !part.includes('node_modules'))
  const ofTheWorkspace = /^(npm_package_|npm_lifecycle_|NODE_OPTIONS$)/
  const inherited = Object.keys(process.env).filter((name) => ofTheWorkspace.test(name))
  return {
    ...Object.fromEntries(inherited.map((name) => [name, undefined])),
    PATH: [dirname(process.execPath), ...path].join(delimiter),
  }
}

async function step<Result>(name: string, action: () => Promise<Result>): Promise<Result> {
  const from = performance.now()
  const result = await action()
  console.log(`${((performance.now() - from) / 1000).toFixed(1).padStart(6)} s  ${name}`)
  return result
}

/** What the command wrote to its standard output, trimmed. All it wrote is in the error if it fails. */
async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  if (interrupted) throw new Error(interrupted)
  // A process group of its own, so that an interrupt reaches what the command starts as well.
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  running = child
  let output = ''
  let all = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    all += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    all += text
  })
  try {
    const [status, signal] = await once(child, 'close')
    if (status !== 0)
      throw new Error(`${all}${[command, ...args].join(' ')}: ${signal ?? `exit status ${status}`}`)
    return output.trim()
  } finally {
    running = null
  }
}

function table(names: readonly string[], history: readonly Versions[]): string {
  const rounds = history.slice(1)
  const cells = names.map((name) => [
    name,
    ...rounds.map((versions, index) => {
      const version = versions.get(name) ?? 'nothing'
      return version === history[index]?.get(name) ? '-' : version
    }),
  ])
  const rows = [['released', ...rounds.map((_, index) => `round ${index + 1}`)], ...cells]
  const width = Math.max(...names.map((name) => name.length))
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  return [
    ...rows.map(([name = '', ...rest]) =>
      [name.padEnd(width), ...rest.map((cell) => cell.padEnd(8))].join('  '),
    ),
    `${seconds} s in all`,
  ]
    .map((line) => line.trimEnd())
    .join('\n')
}
