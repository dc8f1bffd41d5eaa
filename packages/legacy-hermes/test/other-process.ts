import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const CONDITIONS = process.env['TEST_AGAINST'] === 'dist' ? [] : ['--conditions=@faircopy/source']

/** Another process that runs a script of this folder and answers each line with a line. */
export class OtherProcess {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  private constructor(child: ChildProcess) {
    this.#child = child
    if (!child.stdout) throw new Error('no stdout')
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  /** Waits for its first line. */
  static async start(
    script: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<OtherProcess> {
    const path = fileURLToPath(new URL(script, import.meta.url))
    const child = spawn(process.execPath, [...CONDITIONS, path, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    })
    const other = new OtherProcess(child)
    onTestFinished(() => other.kill())
    await other.#line()
    return other
  }

  async ask(line: string): Promise<string> {
    this.#child.stdin?.write(`${line}\n`)
    return await this.#line()
  }

  /** Power off: nothing of its own is tidied up. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }

  async #line(): Promise<string> {
    const { done, value } = await this.#lines.next()
    if (done) throw new Error('it ended without an answer')
    return value
  }
}
