// Compares docs/codes.md with the tables of codes in the sources, and those with the codes that the sources fail with.
// `--write` renews the document.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './workspace.ts'

/** As `CodeMeaning` of store-core. */
interface Meaning {
  readonly severity: 'remark' | 'finding' | 'failure'
  readonly meaning: string
  readonly step: string
  /** With the command line's own codes. */
  readonly command?: string | null
  /** With failures of a store: what became of the write, and whether to try again. Null where each error says it. */
  readonly outcome?: 'not-stored' | 'unknown' | null
  readonly retryable?: boolean | null
}
type Table = Readonly<Record<string, Meaning>>

/** The modules that list codes; they import types, or another of these, so they can be loaded from here. */
const MODULES = {
  core: 'packages/store-core/src/store-codes.ts',
  sources: 'packages/legacy-jsonl/src/source/source-codes.ts',
  sessions: 'packages/legacy-jsonl/src/ledger/session-reasons.ts',
  differences: 'packages/legacy-jsonl/src/adopt/difference-codes.ts',
  resolutions: 'packages/legacy-jsonl/src/resolve/resolution-codes.ts',
  findings: 'packages/legacy-jsonl/src/proof/source-finding-codes.ts',
  cli: 'packages/cli/src/reports/report-codes.ts',
} as const

/** What the command line has for the codes of the libraries. */
const COMMANDS = 'packages/cli/src/context/code-commands.ts'

/** The sections of the document, in their order. */
const SECTIONS: readonly [
  title: string,
  text: string,
  module: keyof typeof MODULES,
  table: string,
  commands?: string,
][] = [
  [
    'Problems of a source',
    'In `sources[].problems` of `import --json` and `audit --json`, and in `stays` of `archive --json`.',
    'sources',
    'SOURCE_CODES',
    'SOURCE_COMMANDS',
  ],
  [
    'Sessions that were not brought over whole',
    'In `sessions[].reason` of `import --json` and `audit --json`, and in `undecided[].reason` of `status --json`.',
    'sessions',
    'SESSION_REASONS',
    'SESSION_COMMANDS',
  ],
  [
    'Sessions of an import that is not undone',
    'In `sessions[].reason` of `import --undo --json`.',
    'sessions',
    'UNDO_REFUSALS',
    'UNDO_COMMANDS',
  ],
  ['Files that an archive leaves where they are', 'In `stays` of `archive --json`.', 'cli', 'ARCHIVE_CODES'],
  [
    'What keeps a source from being proven',
    'In `against[].findings` of `verify --against --json`.',
    'findings',
    'SOURCE_FINDING_CODES',
    'SOURCE_FINDING_COMMANDS',
  ],
  [
    'Differences between a store and a source',
    'In `sessions[].store.differences` of `audit --json`, and in the reports of a shadow.',
    'differences',
    'DIFFERENCE_CODES',
    'DIFFERENCE_COMMANDS',
  ],
  [
    'Choices that are not possible',
    'In `choices[].obstacle` of `resolve --json`.',
    'resolutions',
    'OBSTACLE_CODES',
    'OBSTACLE_COMMANDS',
  ],
  [
    'Decisions that are refused',
    'In `error.code` of `resolve`, on stderr, and as `code` of every `ResolutionRefused`.',
    'resolutions',
    'RESOLUTION_REFUSALS',
    'RESOLUTION_COMMANDS',
  ],
  ['Findings of doctor', 'In `findings` of `doctor --json`.', 'cli', 'HEALTH_CODES'],
  ['Findings of verify', 'In `findings` of `verify --json`.', 'core', 'VERIFY_CODES', 'VERIFY_COMMANDS'],
  ['Failures of the command', 'In `error.code`, and on stderr.', 'cli', 'CLI_CODES'],
  [
    'Failures of a store',
    'In `error.code`, on stderr, and as `code` of every `StoreError`.',
    'core',
    'STORE_CODES',
    'STORE_COMMANDS',
  ],
]

const HEAD = `# Codes

<!-- This page is generated: node .ci/codes.ts --write -->

Every code that a report or a failure carries. Codes are stable: branch on them, never on the words beside them. A
*remark* says something worth knowing of what was brought over whole; a *finding* wants a person's eye, and ends a command
with exit status 2, or 66 where nothing at all was found; a *failure* ended the command.

In the commands \`SOURCE\`, \`FILE\`, \`SESSION\`, \`IMPORT\`, \`FOLDER\`, \`ZONE\`, \`NEW\` and \`MANIFEST\` stand for what the
report names; in its JSON they are filled in, as \`next\`, which is null where no command leads on.
`

/** What commands say of a source, state by state; a test of the command line makes each state and runs every cell. */
const STATES = 'packages/cli/test/source-states.ts'
const STATES_TEXT = `## States of a source

What a command ends with, and what it says first, of a source in each state. \`SOURCE\` and \`STORE\` stand for their paths.
\`status\` and \`doctor\` take no source: theirs is what they say of a store that was imported from it when it was whole. The
others are given a store that knows no session of it, where nothing else is said. 66 says that nothing was found, 2 that
something wants a person's eye; a command that wrote nothing makes no store.
`

const document = join(root, 'docs/codes.md')
const tables = await load()
const commands: Record<string, Readonly<Record<string, string | null>>> = await import(
  pathToFileURL(join(root, COMMANDS)).href
)
const now = [
  HEAD,
  await states(),
  ...SECTIONS.map(([title, text, module, name, commands]) =>
    section(title, text, tableOf(module, name), commands === undefined ? {} : commandsOf(commands)),
  ),
].join('\n')
const findings = unlisted()
if (process.argv.includes('--write')) writeFileSync(document, now)
else if (readOrEmpty(document) !== now)
  findings.push('docs/codes.md is not what the sources say: node .ci/codes.ts --write')
for (const finding of findings) console.error(finding)
if (findings.length > 0) process.exitCode = 1

async function load(): Promise<Record<keyof typeof MODULES, Record<string, Table>>> {
  const loaded: Record<string, Record<string, Table>> = {}
  for (const [name, file] of Object.entries(MODULES))
    loaded[name] = await import(pathToFileURL(join(root, file)).href)
  return loaded as Record<keyof typeof MODULES, Record<string, Table>>
}

/** A row for each state and what is said of it, by whichever commands. */
async function states(): Promise<string> {
  type Cells = Readonly<Record<string, readonly [exit: number, sentence: string]>>
  const { SOURCE_STATES }: { readonly SOURCE_STATES: Readonly<Record<string, Cells>> } = await import(
    pathToFileURL(join(root, STATES)).href
  )
  const rows = Object.entries(SOURCE_STATES).flatMap(([state, cells]) => {
    const said = new Map<string, string[]>()
    for (const [command, [exit, sentence]] of Object.entries(cells)) {
      const cell = `${exit} | \`${sentence}\``
      said.set(cell, [...(said.get(cell) ?? []), `\`${command}\``])
    }
    return [...said].map(
      ([cell, commands], i) => `| ${i === 0 ? state : ''} | ${commands.join(', ')} | ${cell} |`,
    )
  })
  return [
    STATES_TEXT,
    '| a source that is | command | exit | says first |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

function tableOf(module: keyof typeof MODULES, name: string): Table {
  const table = tables[module][name]
  if (!table) throw new Error(`${MODULES[module]} has no ${name}`)
  return table
}

function commandsOf(name: string): Readonly<Record<string, string | null>> {
  const table = commands[name]
  if (!table) throw new Error(`${COMMANDS} has no ${name}`)
  return table
}

function section(
  title: string,
  text: string,
  table: Table,
  commandOf: Readonly<Record<string, string | null>>,
): string {
  const ofWrites = Object.values(table).some(({ outcome }) => outcome !== undefined)
  const rows = Object.entries(table).map(([code, meaning]) => {
    const { severity, step, command = commandOf[code] } = meaning
    const next = command == null ? '' : `<br>\`${command}\``
    const write = ofWrites ? ` ${writeOf(meaning)} |` : ''
    return `| \`${code}\` | ${severity} | ${cell(meaning.meaning)} |${write} ${cell(step)}${next} |`
  })
  return [
    `## ${title}`,
    '',
    text,
    '',
    ofWrites ? '| code | is a | means | the write is | next |' : '| code | is a | means | next |',
    ofWrites ? '|---|---|---|---|---|' : '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

/** What became of the write, and whether the same call may succeed later by itself. */
function writeOf({ outcome, retryable }: Meaning): string {
  const stored = outcome === 'unknown' ? '`unknown`' : outcome === null ? 'as it says' : '`not-stored`'
  if (retryable === null) return `${stored}, retryable where \`unknown\``
  return retryable ? `${stored}, retryable` : stored
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Codes that the command line fails with and its table does not list. */
function unlisted(): string[] {
  const listed = {
    ...tableOf('cli', 'CLI_CODES'),
    ...tableOf('core', 'STORE_CODES'),
    ...tableOf('resolutions', 'RESOLUTION_REFUSALS'),
  }
  return globSync('packages/cli/src/**/*.ts', { cwd: root }).flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8')
    const codes = [...source.matchAll(/(?:new CliError|super)\(\s*'([A-Z_]+)'/g)].map(
      ([, code]) => code ?? '',
    )
    return codes
      .filter((code) => !(code in listed))
      .map((code) => `${file}: ${MODULES.cli} does not list ${code}`)
  })
}
