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
  readonly command: string | null
}
type Table = Readonly<Record<string, Meaning>>

/** One module of each package lists all codes; it imports types, or another of these, so it can be loaded from here. */
const MODULES = {
  core: 'packages/store-core/src/store-codes.ts',
  jsonl: 'packages/legacy-jsonl/src/source-codes.ts',
  findings: 'packages/legacy-jsonl/src/verify/source-finding-codes.ts',
  cli: 'packages/cli/src/report-codes.ts',
} as const

/** The sections of the document, in their order. */
const SECTIONS: readonly [title: string, text: string, module: keyof typeof MODULES, table: string][] = [
  [
    'Problems of a source',
    'In `sources[].problems` of `import --json` and `audit --json`, and in `stays` of `archive --json`.',
    'jsonl',
    'SOURCE_CODES',
  ],
  [
    'Sessions that were not brought over whole',
    'In `sessions[].reason` of `import --json` and `audit --json`, and in `undecided[].reason` of `status --json`.',
    'jsonl',
    'SESSION_REASONS',
  ],
  [
    'Sessions of an import that is not undone',
    'In `sessions[].reason` of `import --undo --json`.',
    'jsonl',
    'UNDO_REFUSALS',
  ],
  ['Files that an archive leaves where they are', 'In `stays` of `archive --json`.', 'cli', 'ARCHIVE_CODES'],
  [
    'What keeps a source from being proven',
    'In `against[].findings` of `verify --against --json`.',
    'findings',
    'SOURCE_FINDING_CODES',
  ],
  [
    'Differences between a store and a source',
    'In `sessions[].store.differences` of `audit --json`, and in the reports of a shadow.',
    'jsonl',
    'DIFFERENCE_CODES',
  ],
  [
    'Choices that are not possible',
    'In `choices[].obstacle` of `resolve --json`.',
    'jsonl',
    'OBSTACLE_CODES',
  ],
  [
    'Decisions that are refused',
    'In `error.code` of `resolve`, on stderr, and as `code` of every `ResolutionRefused`.',
    'jsonl',
    'RESOLUTION_REFUSALS',
  ],
  ['Findings of doctor', 'In `findings` of `doctor --json`.', 'cli', 'HEALTH_CODES'],
  ['Findings of verify', 'In `findings` of `verify --json`.', 'core', 'VERIFY_CODES'],
  ['Failures of the command', 'In `error.code`, and on stderr.', 'cli', 'CLI_CODES'],
  [
    'Failures of a store',
    'In `error.code`, on stderr, and as `code` of every `StoreError`.',
    'core',
    'STORE_CODES',
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
const now = [
  HEAD,
  await states(),
  ...SECTIONS.map(([title, text, module, name]) => section(title, text, tableOf(module, name))),
].join('\n')
const findings = unlisted()
if (process.argv.includes('--write')) writeFileSync(document, now)
else if (readOrEmpty(document) !== now)
  findings.push('docs/codes.md is not what the sources say: node .ci/codes.ts --write')
for (const finding of findings) console.error(finding)
if (findings.length > 0) process.exitCode = 1

async function load(): Promise<Record<keyof typeof MODULES, Record<string, Table>>> {
  const load = (file: string): Promise<Record<string, Table>> => import(pathToFileURL(join(root, file)).href)
  return {
    core: await load(MODULES.core),
    jsonl: await load(MODULES.jsonl),
    findings: await load(MODULES.findings),
    cli: await load(MODULES.cli),
  }
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

function section(title: string, text: string, table: Table): string {
  const rows = Object.entries(table).map(([code, { severity, meaning, step, command }]) => {
    const next = command === null ? '' : `<br>\`${command}\``
    return `| \`${code}\` | ${severity} | ${cell(meaning)} | ${cell(step)}${next} |`
  })
  return [
    `## ${title}`,
    '',
    text,
    '',
    '| code | is a | means | next |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
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
    ...tableOf('jsonl', 'RESOLUTION_REFUSALS'),
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
