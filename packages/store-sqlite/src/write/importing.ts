import { randomUUID } from 'node:crypto'
import type {
  CheckedEntry,
  Context,
  ImportEngine,
  Rule,
  RuleEngine,
  StagedAt,
} from '@faircopy/store-core/backend'
import { beginWork, endWork } from '../file/process-identity.ts'
import type { StoreFile } from '../file/store-file.ts'
import { readStaged } from '../rows/staging-row.ts'
import { carryOut } from './effects.ts'
import { sweep, sweepDead } from './staging.ts'
import { bytesOf, type Writer } from './writer.ts'

/** What one import asks of a file. {@link end} has to be called when it is over, however it went. */
export class ImportWork implements ImportEngine {
  readonly batch: ImportEngine['batch'] = { units: 256 * 1024, count: 500 }
  readonly #file: StoreFile
  readonly #writer: Writer
  readonly #rules: RuleEngine
  readonly #tokens: string[] = []

  constructor(file: StoreFile, writer: Writer, rules: RuleEngine) {
    this.#file = file
    this.#writer = writer
    this.#rules = rules
  }

  decide<T>(ruleOf: (context: Context) => Rule<T>, entries?: readonly CheckedEntry[]): Promise<T> {
    return this.#rules.decide(ruleOf, entries)
  }

  answer<T>(ruleOf: () => Rule<T>): Promise<T> {
    return this.#rules.answer(ruleOf)
  }

  stage<T>(ruleOf: (context: Context) => Rule<T>, entries: readonly CheckedEntry[]): Promise<T> {
    return this.#writer.submit(carryOut(ruleOf), { bytes: bytesOf(entries), durable: false })
  }

  newToken(): string {
    const token = randomUUID()
    this.#tokens.push(token)
    beginWork(token)
    return token
  }

  async unstage({ token }: StagedAt): Promise<void> {
    endWork(token)
    const staged = await this.#file.read((connection) => readStaged(connection, token))
    if (staged.length > 0) await sweep(this.#writer, token)
  }

  sweep(): Promise<void> {
    return sweepDead(this.#file, this.#writer)
  }

  /** What was staged and could not be taken away is nobody's from now on. */
  end(): void {
    for (const token of this.#tokens) endWork(token)
  }
}
