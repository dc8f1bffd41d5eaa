import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const isDist = process.env['TEST_AGAINST'] === 'dist'
const SOURCE = isDist ? [] : ['--conditions=@faircopy/source']
/** Bundled before the tests, from the sources as they are. */
export const MAIN = '../.cache/bundled/programs/main.js'
const CRON = '../.cache/bundled/programs/cron.js'
const FAIRCOPY = `../../../../packages/cli/${isDist ? 'dist/cli.js' : 'src/cli.ts'}`

/** What a process said when it had ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** How a process is started. */
export interface StartOptions {
  /** A module that runs before it. */
  readonly preload?: string
  /** How large a file may become: for it, the disk is full then. */
  readonly fileKiB?: number
}

/** A process of the example's own, killed with the test. */
export class ExampleProcess {
  readonly #child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ended>
  #stdout = ''
  #stderr = ''
  #read = 0
  #wake = Promise.withResolvers<void>()
  #isOver = false

  constructor(script: string, args: readonly string[], { preload, fileKiB }: StartOptions = {}) {
    const before = preload ? [`--import=${new URL(preload, import.meta.url).href}`] : []
    const file = fileURLToPath(new URL(script, import.meta.url))
    const limited = fileKiB === undefined ? [] : ['bash', '-c', `ulimit -f ${fileKiB} && exec "$@"`, 'bash']
    const [command = '', ...rest] = [...limited, process.execPath, ...SOURCE, ...before, file, ...args]
    const child = spawn(command, rest)
    this.#child = child
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
      this.#tell()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
    })
    child.stdin.on('error', () => undefined)
    this.ended = new Promise((resolve) => {
      child.once('close', (code) => {
        this.#isOver = true
        this.#tell()
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr })
      })
    })
    onTestFinished(async () => void (await this.kill()))
  }

  /** The next line that matches; those before it are passed over. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const end = this.#stdout.indexOf('\n', this.#read)
      if (end !== -1) {
        const line = this.#stdout.slice(this.#read, end)
        this.#read = end + 1
        const found = pattern.exec(line)
        if (found) return found
      } else if (this.#isOver) {
        throw new Error(`It ended without ${pattern}:\n${this.#stdout}${this.#stderr}`)
      } else {
        await this.#wake.promise
      }
    }
  }

  type(text: string): void {
    this.#child.stdin.write(`${text}\n`)
  }

  endInput(): Promise<Ended> {
    this.#child.stdin.end()
    return this.ended
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Ended> {
    this.#child.kill(signal)
    return this.ended
  }

  #tell(): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }
}

/** A gateway that serves Telegram's webhook. */
export class WebhookProcess extends ExampleProcess {
  readonly #url: Promise<string>

  constructor(args: readonly string[], options?: StartOptions) {
    super(MAIN, ['webhook', ...args], options)
    this.#url = this.line(/^telegram on (\S+), /).then(([, url = '']) => url)
    this.#url.catch(() => undefined)
  }

  async listening(): Promise<this> {
    await this.#url
    return this
  }

  /** Delivers an update of the chat 1001, and gives what the platform was answered. */
  async post(update: number, text: string, chat = 1001): Promise<{ status: number; body: unknown }> {
    const message = { chat: { id: chat, type: 'private' }, from: { id: 7 }, text }
    const body = JSON.stringify({ update_id: update, message })
    const response = await fetch(await this.#url, { method: 'POST', body })
    return { status: response.status, body: await response.json() }
  }
}

/** The job, run to its end. */
export function cron(...args: readonly string[]): Promise<Ended> {
  return new ExampleProcess(CRON, args).endInput()
}

/** The command, run to its end. */
export function faircopy(...args: readonly string[]): Promise<Ended> {
  return new ExampleProcess(FAIRCOPY, args).endInput()
}
