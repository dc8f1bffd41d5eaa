import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

export interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly type?: string
  readonly sideEffects?: boolean
  readonly license?: string
  readonly engines?: Record<string, string>
  readonly files?: readonly string[]
  readonly scripts?: Record<string, string>
  readonly exports?: Record<string, string | { readonly types?: string }>
  readonly publishConfig?: { readonly access?: string; readonly exports?: Record<string, unknown> }
  readonly dependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
}

export interface Package {
  /** Relative to the root. */
  readonly folder: string
  readonly manifest: Manifest
}

export const packages: readonly Package[] = globSync('packages/*/package.json', { cwd: root })
  .sort()
  .map((path) => ({
    folder: dirname(path),
    manifest: JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest,
  }))

export const published: readonly Package[] = packages.filter(({ manifest }) => !manifest.private)
