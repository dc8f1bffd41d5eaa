import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ended, WorkspaceCopy } from './workspace-copy.ts'

let workspace: WorkspaceCopy
beforeAll(() => {
  workspace = new WorkspaceCopy()
})
afterAll(() => workspace[Symbol.dispose]())

const forms = {
  import: (specifier: string) => `import { x } from '${specifier}'\nexport const y: unknown = x\n`,
  'import for effect': (specifier: string) => `import '${specifier}'\n`,
  'import type': (specifier: string) => `import type { X } from '${specifier}'\nexport type Y = X\n`,
  'export … from': (specifier: string) => `export { x } from '${specifier}'\n`,
  'export * from': (specifier: string) => `export * from '${specifier}'\n`,
  'import()': (specifier: string) => `export const x: unknown = await import('${specifier}')\n`,
  'import() of a template': (specifier: string) =>
    `export const x: unknown = await import(\`${specifier}\`)\n`,
  'type import()': (specifier: string) => `export type X = import('${specifier}').X\n`,
  'require()': (specifier: string) => `export const x: unknown = require('${specifier}')\n`,
}

it('finds nothing to object to in the workspace as it is', () => {
  expect(workspace.boundaries()).toMatchObject({ status: 0 })
  expect(workspace.lint()).toMatchObject({ status: 0 })
})

describe('mirror, given a forbidden import, breaks the build', () => {
  const probe = 'packages/mirror/src/probe.ts'
  const withProbe = <T>(text: string, check: () => T): T => {
    workspace.write(probe, text)
    try {
      return check()
    } finally {
      workspace.remove(probe)
    }
  }

  const specifiers = [
    '@faircopy/store-sqlite',
    'better-sqlite3',
    '../../store-sqlite/src/index.ts',
    'node:fs',
    'fs',
  ]
  const attempts = specifiers.flatMap((to) =>
    Object.entries(forms).map(([form, write]) => [form, to, write(to)] as const),
  )

  const plainForms = [
    'import',
    'import for effect',
    'import type',
    'export … from',
    'export * from',
    'import()',
  ] as const
  it.each(plainForms)('but not by %s @faircopy/store-core', (form) => {
    const text = forms[form]('@faircopy/store-core')
    expect(withProbe(text, () => workspace.lint())).toMatchObject({ status: 0 })
    expect(withProbe(text, () => workspace.boundaries())).toMatchObject({ status: 0 })
  })

  const attemptFile = (index: number) => `packages/mirror/src/attempt-${index}.ts`
  /** A copy of the workspace with a file for each attempt. */
  const attempted = (texts: readonly string[]): WorkspaceCopy => {
    const copy = new WorkspaceCopy()
    for (const [index, text] of texts.entries()) copy.write(attemptFile(index), text)
    return copy
  }

  describe('lint', () => {
    let linted: Ended
    beforeAll(() => {
      using copy = attempted(attempts.map(([, , text]) => text))
      linted = copy.lint('--max-diagnostics=none')
    })

    it.each(attempts.map(([form, to], index) => [form, to, index] as const))('%s %s', (_form, _to, index) => {
      expect(linted.status, linted.output).toBeGreaterThan(0)
      expect(linted.output).toContain(`${attemptFile(index)}:`)
    })
  })

  const seenByTurbo = ['@faircopy/store-sqlite', 'better-sqlite3', '../../store-sqlite/src/index.ts']
  const staticForms = ['import', 'import type', 'export … from', 'import()'] as const
  const turboAttempts = seenByTurbo.flatMap((to) =>
    staticForms.map((form) => [form, to, forms[form](to)] as const),
  )

  describe('boundaries', () => {
    let told: Ended
    beforeAll(() => {
      using copy = attempted(turboAttempts.map(([, , text]) => text))
      told = copy.boundaries()
    })

    it.each(turboAttempts.map(([form, to], index) => [form, to, index] as const))(
      '%s %s',
      (_form, _to, index) => {
        expect(told.status, told.output).toBeGreaterThan(0)
        expect(told.output).toContain(`attempt-${index}.ts`)
      },
    )
  })

  it('boundaries: a dependency that is declared, against the architecture', () => {
    using declared = new WorkspaceCopy()
    declared.write(
      'packages/mirror/package.json',
      JSON.stringify({
        name: '@faircopy/mirror',
        version: '0.0.0',
        dependencies: { '@faircopy/store-core': 'workspace:^', '@faircopy/store-sqlite': 'workspace:^' },
      }),
    )
    const { status, output } = declared.boundaries()
    expect(status, output).toBeGreaterThan(0)
    expect(output).toContain('@faircopy/store-sqlite')
  })
})

describe('every package imports what the architecture allows, and nothing else', () => {
  /** The arrows of the architecture. What is missing here is forbidden. */
  const core = ['', '/arguments', '/backend', '/operator'].map((entry) => `@faircopy/store-core${entry}`)
  const allowed: Record<string, readonly string[]> = {
    'store-core': ['zod', 'node:crypto'],
    conformance: [...core, 'zod'],
    reconcile: [],
    'store-sqlite': [...core, 'better-sqlite3', 'node:crypto', 'node:fs'],
    'legacy-jsonl': [
      ...core,
      '@faircopy/store-core/visible-text',
      '@faircopy/reconcile',
      'zod',
      'node:crypto',
      'node:fs',
    ],
    'legacy-hermes': [...core, '@faircopy/legacy-jsonl', 'better-sqlite3', 'node:crypto', 'node:fs'],
    mirror: ['@faircopy/store-core', '@faircopy/store-core/arguments'],
    gateway: core,
  }
  const specifiers = [
    ...[
      'store-core',
      'store-core/arguments',
      'store-core/backend',
      'store-core/memory',
      'store-core/operator',
      'store-core/visible-text',
      'conformance',
      'reconcile',
      'store-sqlite',
      'legacy-jsonl',
      'legacy-hermes',
      'mirror',
      'gateway',
      'bench',
    ].map((name) => `@faircopy/${name}`),
    ...['faircopy', 'zod', 'better-sqlite3', 'node:crypto', 'node:fs', 'fs', 'node:fs/promises'],
    ...[
      '../../store-core/src/index.ts',
      './../../reconcile/src/index.ts',
      './x/../../../cli/src/index.ts',
      '/etc/passwd',
    ],
  ]

  it('for each package and each import', () => {
    using probes = new WorkspaceCopy()
    const forbidden: string[] = []
    for (const name of Object.keys(allowed)) {
      for (const [index, specifier] of specifiers.entries()) {
        const probe = `packages/${name}/src/probe-${index}.ts`
        probes.write(probe, forms['import for effect'](specifier))
        const ok =
          allowed[name]?.includes(specifier) ||
          (allowed[name]?.includes('node:fs') && /^node:/.test(specifier))
        if (!ok) forbidden.push(`${probe} ${specifier}`)
      }
    }
    const { output } = probes.lint(
      '--reporter=json',
      '--max-diagnostics=none',
      '--only=style/noRestrictedImports',
    )
    const { diagnostics } = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1)) as {
      diagnostics: { location: { path: string } }[]
    }
    const refused = new Set(diagnostics.map(({ location }) => location.path))
    const named = (probe: string) => `${probe} ${specifiers[Number(/-(\d+)\.ts$/.exec(probe)?.[1])]}`
    expect([...refused].map(named).sort()).toEqual(forbidden.sort())
  })
})

it('an engine names no decision of the contract: those are rules of store-core', () => {
  using probes = new WorkspaceCopy()
  const core = '@faircopy/store-core'
  const texts = {
    'packages/store-sqlite/src/write/decides.ts': `import { KeyConflict } from '${core}'`,
    'packages/store-sqlite/src/write/fails.ts': `import { StoreCorrupt } from '${core}'`,
    'packages/store-core/src/memory/decides.ts': `import { NoSession } from '../errors.ts'`,
    'packages/store-core/src/memory/checks.ts': `import { checkRoom } from '../kernel/session.ts'`,
    'packages/store-core/src/memory/calls.ts': `import { RuleCalls } from '../kernel/calls.ts'`,
    'docs/examples/backend-node-sqlite/decides.ts': `import { HoldFull } from '${core}'`,
  }
  for (const [path, text] of Object.entries(texts)) probes.write(path, `${text}\n`)
  const { output } = probes.lint('--max-diagnostics=none', '--only=style/noRestrictedImports')
  const refused = Object.keys(texts).filter((path) => output.includes(path))
  expect(refused).toEqual(Object.keys(texts).filter((path) => /decides|checks/.test(path)))
})
