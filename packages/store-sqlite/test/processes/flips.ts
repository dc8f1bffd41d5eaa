// Changes one byte of a store at a time, and tells of each what its calls answer other than the whole store's do.
import { readFileSync, writeFileSync, writeSync } from 'node:fs'
import { StoreError } from '@faircopy/store-core'
import { type Answer, readAll, writeAll } from '../answers.ts'
import { applyFlip, copyStore, type Flip, flipOf } from '../flipping.ts'
import { openAt } from '../full-store.ts'
import { noThreads } from '../no-threads.ts'

noThreads()

const [from = '', scratch = '', seed = '0', first = '0', through = '0'] = process.argv.slice(2)

interface Seen {
  readonly answers: readonly Answer[]
  readonly findings: readonly string[] | null
}

async function look(path: string): Promise<Seen> {
  let store: Awaited<ReturnType<typeof openAt>>
  try {
    store = await openAt(path)
  } catch (error) {
    return { answers: [failed('open', error)], findings: null }
  }
  const answers: Answer[] = []
  let findings: string[] | null = null
  try {
    findings = (await store.verify()).findings.map(
      ({ code, session, detail }) => `${code} ${session}: ${detail}`,
    )
  } catch (error) {
    answers.push({ ...failed('verify', error), as: 'untyped' })
  }
  answers.push(...(await readAll(store)), ...(await writeAll(store)))
  try {
    await store.close()
  } catch (error) {
    answers.push(failed('close', error))
  }
  return { answers, findings }
}

function failed(call: string, error: unknown): Answer {
  const isTyped = StoreError.is(error)
  return {
    call,
    told: isTyped ? error.code : String(error instanceof Error ? error.stack : error),
    as: isTyped ? 'error' : 'untyped',
  }
}

/** What is wrong with what was seen, beside the whole store's answers. */
function judge({ answers, findings }: Seen, right: ReadonlyMap<string, string>): object {
  const differing = answers.filter(({ call, told }) => right.get(call) !== told)
  const isClean = findings?.length === 0
  const honest = (told: string): boolean => told === '"not all of it"'
  return {
    wrong: isClean
      ? differing
          .filter(({ as, told }) => as === 'answer' && !honest(told))
          .map(({ call, told }) => [call, told.slice(0, 200), right.get(call)?.slice(0, 200)])
      : [],
    untyped: answers.filter(({ as }) => as === 'untyped').map(({ call, told }) => [call, told]),
    strange: answers.filter(({ told }) => told === 'NOT_A_STORE').map(({ call }) => call),
    differs: differing.length,
    codes: [...new Set(answers.filter(({ as }) => as === 'error').map(({ told }) => told))],
    findings,
  }
}

const expectations = `${scratch}.right.json`
function expected(): ReadonlyMap<string, string> | null {
  try {
    return new Map(JSON.parse(readFileSync(expectations, 'utf8')) as [string, string][])
  } catch {
    return null
  }
}

const path = `${scratch}.db`
let right = expected()
if (!right) {
  copyStore(from, path)
  const { answers, findings } = await look(path)
  if (findings?.length !== 0) throw new Error(`The whole store: ${JSON.stringify(findings)}`)
  const faults = answers.filter(({ as, told }) => as === 'untyped' || told === '"not all of it"')
  if (faults.length > 0) throw new Error(`The whole store: ${JSON.stringify(faults)}`)
  right = new Map(answers.map(({ call, told }) => [call, told]))
  writeFileSync(expectations, JSON.stringify([...right]))
}
for (let i = Number(first); i <= Number(through); i++) {
  const flip: Flip = flipOf(from, Number(seed) * 100_003 + i)
  writeSync(1, `${JSON.stringify({ begun: i, flip })}\n`)
  copyStore(from, path)
  applyFlip(path, flip)
  writeSync(1, `${JSON.stringify({ done: i, flip, ...judge(await look(path), right) })}\n`)
}
