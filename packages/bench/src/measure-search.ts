import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { random } from './random.ts'

const ENTRIES = Number(process.env['ENTRIES'] ?? 100_000)
const SESSIONS = 200
const ROUNDS = 200
const LONG_ENOUGH_MS = 3_600_000

interface Timing {
  readonly p50: number
  readonly p95: number
}

/** Words whose n-th has a share of about 1/n, as in any language (Zipf). */
function zipf(words: readonly string[], next: () => number): () => string {
  const top = Math.log(words.length)
  return () => words[Math.floor(Math.exp(next() * top)) - 1] ?? words[0] ?? ''
}

function vocabulary(size: number, letters: string, shortest: number, next: () => number): string[] {
  const all = Array.from(letters)
  const words = new Set<string>()
  while (words.size < size) {
    const length = shortest + Math.floor(next() * (shortest + Math.log2(words.size + 2) / 3))
    words.add(Array.from({ length }, () => all[Math.floor(next() * all.length)]).join(''))
  }
  return [...words]
}

/** Messages: four of five in words with spaces, the others in Chinese characters, from 5 to 400 words. */
function* messages(count: number): Generator<string> {
  const next = random(7)
  const latin = zipf(vocabulary(60_000, 'etaoinshrdlucmfwypvbgkqjxz', 2, next), next)
  const han = String.fromCodePoint(...Array.from({ length: 3000 }, (_, i) => 0x4e00 + i * 6))
  const chinese = zipf(vocabulary(30_000, han, 1, next), next)
  for (let i = 0; i < count; i++) {
    const length = Math.floor(5 * 80 ** next())
    const words = Array.from({ length }, i % 5 === 0 ? chinese : latin)
    yield `${words.join(i % 5 === 0 ? '' : ' ')}${i % 2 ? ' everyother' : ''}${i % 20_000 === 7 ? ' seldomword' : ''}`
  }
}

async function fill(store: SqliteStore): Promise<number> {
  let bytes = 0
  const batch: Promise<unknown>[] = []
  let i = 0
  for (const content of messages(ENTRIES)) {
    bytes += Buffer.byteLength(content)
    const record = JSON.stringify({ role: 'user', content })
    batch.push(store.append(`s${i++ % SESSIONS}`, { record }, { create: {} }))
    if (batch.length === 200) await Promise.all(batch.splice(0))
  }
  await Promise.all(batch)
  return bytes
}

async function timed(work: (round: number) => unknown, rounds: number = ROUNDS): Promise<Timing> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now()
    await work(round)
    times.push(performance.now() - begun)
  }
  times.sort((a, b) => a - b)
  return { p50: times[Math.floor(rounds / 2)] ?? 0, p95: times[Math.floor(rounds * 0.95)] ?? 0 }
}

function row(name: string, { p50, p95 }: Timing, hits: number | string): string {
  return `| ${name} | ${hits} | ${p50.toFixed(2)} | ${p95.toFixed(2)} |`
}

/** Builds an index over made-up messages and asks it, beside LIKE over the same file, and prints Markdown tables. */
async function measureSearch(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'faircopy-bench-'))
  const path = join(folder, 'transcripts.db')
  const index = `${path}.search`
  try {
    const store = await openSqliteStore({ path })
    const bytes = await fill(store)
    const begun = performance.now()
    const first = await store.search('seldomword', { budget: LONG_ENOUGH_MS })
    const seconds = (performance.now() - begun) / 1000
    if (!first.complete) throw new Error('the index is not complete')

    const questions: readonly (readonly [name: string, text: string])[] = [
      ['a rare word', 'seldomword'],
      ['a word in every other entry', 'everyother'],
      ['no such word', 'nosuchword'],
      ['two words, one rare', 'everyother seldomword'],
      ['a beginning', 'seldom*'],
      ['one Chinese character, common', '\u4e06'],
      ['two', Array.from(messages(41)).at(-1)?.slice(0, 2) ?? ''],
      ['four', Array.from(messages(41)).at(-1)?.slice(0, 4) ?? ''],
    ]
    const rows: string[] = []
    for (const [name, text] of questions) {
      const { hits } = await store.search(text)
      rows.push(row(name, await timed(() => store.search(text)), hits.length))
    }
    const within = await store.search('everyother', { session: 's7' })
    rows.push(
      row(
        'within one session',
        await timed(() => store.search('everyother', { session: 's7' })),
        within.hits.length,
      ),
    )
    rows.push(
      row(
        'the best of a common word',
        await timed(() => store.search('everyother', { order: 'best' }), 20),
        20,
      ),
    )
    rows.push(
      row(
        'an append',
        await timed(async (round) => {
          await store.append('s0', { record: { role: 'user', content: `freshword${round}` } })
        }),
        '–',
      ),
      row(
        'an append, and a search for it',
        await timed(async (round) => {
          await store.append('s0', { record: { role: 'user', content: `freshword${round}` } })
          const { hits } = await store.search(`freshword${round}`)
          if (hits.length === 0) throw new Error('what was acknowledged was not found')
        }),
        1,
      ),
    )
    await store.close()
    const db = new Database(path, { readonly: true })
    const like = db.prepare('SELECT key FROM entry WHERE record LIKE ? ORDER BY key DESC LIMIT 20')
    rows.push(row('LIKE, a rare word', await timed(() => like.all('%seldomword%'), 5), 5))
    rows.push(row('LIKE, a common word', await timed(() => like.all('%everyother%'), 20), 20))
    db.close()

    const size = statSync(index).size
    const mb = (n: number): string => (n / 1e6).toFixed(1)
    console.log(`${ENTRIES} entries in ${SESSIONS} sessions, ${mb(bytes)} MB of text\n`)
    console.log('| | |\n|---|---|')
    console.log(`| index | ${mb(size)} MB, ${(size / bytes).toFixed(2)} of the text |`)
    console.log(`| built in | ${seconds.toFixed(1)} s, ${mb(bytes / seconds)} MB/s |`)
    if (existsSync(`${index}-wal`)) console.log('| left beside it | a write-ahead log |')
    console.log('\n| question | hits | p50 ms | p95 ms |\n|---|---|---|---|')
    console.log(rows.join('\n'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await measureSearch()
