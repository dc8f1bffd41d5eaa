import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** How a command ended, and all that it printed. */
export interface Ended {
  readonly status: number | null
  readonly output: string
}

/** A copy of the workspace's rules and of mirror's sources in a temporary folder, to break and to check for real. */
export class WorkspaceCopy {
  readonly #folder = mkdtempSync(join(tmpdir(), 'faircopy-boundaries-'))

  constructor() {
    const rules = [
      'package.json',
      'pnpm-lock.yaml',
      'pnpm-workspace.yaml',
      'turbo.json',
      'biome.json',
      '.gitignore',
      '.ci/*.grit',
    ]
    const packages = ['packages/*/package.json', 'packages/*/turbo.json', 'packages/mirror/src/**/*.ts']
    for (const path of globSync([...rules, ...packages], { cwd: root }))
      cpSync(join(root, path), join(this.#folder, path))
    symlinkSync(join(root, 'node_modules'), join(this.#folder, 'node_modules'))
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.#folder, path)), { recursive: true })
    writeFileSync(join(this.#folder, path), text)
  }

  remove(path: string): void {
    rmSync(join(this.#folder, path))
  }

  /** `turbo boundaries`: the declared tags, and imports of what a package.json does not declare. */
  boundaries(): Ended {
    return this.#run('turbo', 'boundaries')
  }

  /** `biome lint`: the allow-list of each package. */
  lint(...options: string[]): Ended {
    return this.#run('biome', 'lint', '--colors=off', ...options, '.')
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #run(tool: string, ...args: string[]): Ended {
    const { error, status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin', tool), args, {
      cwd: this.#folder,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', TURBO_TELEMETRY_DISABLED: '1' },
    })
    if (error) throw error
    return { status, output: stdout + stderr }
  }
}
