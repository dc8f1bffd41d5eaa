import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectHonest } from './account.ts'
import { afterPowerCut, type Effect, effectsIn, type PowerCut, tracing } from './power-cut.ts'
import { start, type Told } from './processes.ts'
import { hasStrace } from './strace.ts'
import { said, temporaryFolder, temporaryStore } from './temporary.ts'

const CUTS = process.env['LONG'] === '1' ? 400 : 24
if (!hasStrace) console.warn('SKIPPED: strace cannot attach here; power cuts are not tried')

/** What begins a log, and what an import stages, does not wait for the disk: the next commit, never told, may be behind it. */
const NEVER_TOLD = ['log-cut']
const MOMENTS = 1_000_000
/** A moment of a script's run, any as likely as another, and a seed for what the disk had by then. */
const moment = fc.noBias(fc.tuple(fc.nat(MOMENTS), fc.nat()))

/** What a script did to a new store. */
async function effectsOf(name: string, args: string[]): Promise<Effect[]> {
  const folder = temporaryFolder()
  const trace = join(temporaryFolder(), 'trace')
  const { status } = await start(name, [join(folder, 'transcripts.db'), ...args], tracing(trace)).ended
  expect(status).toBe(0)
  return effectsIn(readFileSync(trace, 'latin1'), folder)
}

/** What a power cut may have left: at a moment from 0 to {@link MOMENTS}, of which the last is when the end is told. */
function cutAt(effects: readonly Effect[], moment: number, seed: number): PowerCut {
  const end = 1 + effects.findLastIndex(({ kind }) => kind === 'tell')
  return afterPowerCut(effects.slice(0, Math.round((moment / MOMENTS) * end)), chances(seed))
}

/** Numbers from 0 to below 1, by xorshift32 (Marsaglia 2003). */
function chances(seed: number): () => number {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** A folder with these files, and the store's path in it. */
function leftBy({ files }: PowerCut): string {
  const folder = temporaryFolder()
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes, { mode: 0o600 })
  return join(folder, 'transcripts.db')
}

function linesOf(told: string): Told[] {
  return told
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Told)
}

/** The lines of each key as an account of its own: calls at once are told in any order. */
function byKey(lines: readonly Told[]): Told[][] {
  return [...Map.groupBy(lines, ({ asked, acked }) => asked ?? acked).values()]
}

describe('a trace', () => {
  const hex = (text: string): string =>
    [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16)}`).join('')
  const opened = `1 openat(AT_FDCWD<${hex('/')}>, "${hex('/f/a')}", O_RDWR|O_CREAT, 0600) = 3<${hex('/f/a')}>`
  const handle = `3<${hex('/f/a')}>`
  const write = (thread: number, text: string): readonly [string, string] => [
    `${thread} pwrite64(${handle}, "${hex(text)}", ${text.length}, 0 <unfinished ...>`,
    `${thread} <... pwrite64 resumed>)       = ${text.length}`,
  ]
  const sync = [`2 fsync(${handle} <unfinished ...>`, '2 <... fsync resumed>)              = 0'] as const
  const kindsIn = (...lines: readonly string[]): string[] =>
    effectsIn([...lines, ''].join('\n'), '/f').map((effect) =>
      effect.kind === 'write' ? effect.bytes.toString() : effect.kind,
    )

  it('is read whole where strace split calls: a sync waited for no write that ended behind its beginning', () => {
    const [begins, ends] = write(1, 'one')
    const [first, second] = write(3, 'two')
    expect(kindsIn(opened, begins, first, sync[0], ends, second, sync[1])).toEqual([
      'create',
      'sync',
      'one',
      'two',
    ])
    expect(kindsIn(opened, begins, first, ends, sync[0], second, sync[1])).toEqual([
      'create',
      'one',
      'sync',
      'two',
    ])
  })

  it('is none where a call has no end, or no beginning', () => {
    const [begins, ends] = write(1, 'one')
    expect(() => kindsIn(opened, begins)).toThrow('a call has no end')
    expect(() => kindsIn(opened, `1 fsync(${handle}) = ?`)).toThrow('a call has no end')
    expect(() => kindsIn(opened, ends)).toThrow('a call has no beginning')
  })
})

describe.skipIf(!hasStrace)('power cuts', { timeout: 1_800_000 }, () => {
  it('S1 S2 what was acknowledged is there, and the rest is there or not', async () => {
    const effects = await effectsOf('append.ts', ['k', '60', 's', '150000'])
    await fc.assert(
      fc.asyncProperty(moment, async (at) => {
        const left = cutAt(effects, ...at)
        const store = await temporaryStore({ path: leftBy(left) })
        await expectHonest(store, 's', [linesOf(left.told)], NEVER_TOLD)
        await store.append('s', { record: said('and on') }, { create: {} })
        await store.close()
      }),
      { numRuns: CUTS, endOnFailure: true },
    )
  })

  it('S1 S9 what was acknowledged in a mixed life is there: beside relaxed work, a backup and a checkpoint', async () => {
    const effects = await effectsOf('mixed.ts', ['3', join(temporaryFolder(), 'backup.db')])
    await fc.assert(
      fc.asyncProperty(moment, async (at) => {
        const left = cutAt(effects, ...at)
        const store = await temporaryStore({ path: leftBy(left) })
        const lines = linesOf(left.told)
        for (const id of ['s', 't'])
          await expectHonest(store, id, byKey(lines.filter(({ session }) => session === id)), NEVER_TOLD)
        for (const { imported } of lines)
          if (imported) expect((await store.get(`${imported}`))?.entryCount, `${imported}`).toBe(600)
        for await (const { id, entryCount } of store.sessions())
          if (id.startsWith('imported')) expect(entryCount, id).toBe(600)
        await store.close()
      }),
      { numRuns: Math.ceil(CUTS / 2), endOnFailure: true, examples: [[[MOMENTS, 1]], [[MOMENTS, 5]]] },
    )
  })

  it('S9 an import is there whole or not at all, and run again it is the one of a clean run', async () => {
    const clean = join(temporaryFolder(), 'transcripts.db')
    await start('import.ts', [clean, '700']).ended
    const head = (await (await temporaryStore({ path: clean })).get('s'))?.head
    const effects = await effectsOf('import.ts', ['700'])
    await fc.assert(
      fc.asyncProperty(moment, async (at) => {
        const left = cutAt(effects, ...at)
        const path = leftBy(left)
        const store = await temporaryStore({ path })
        const isTold = linesOf(left.told).some((line) => line['status'])
        const before = await store.get('s')
        if (isTold || before) expect(before?.head).toBe(head)
        const { findings } = await store.verify()
        expect(findings.filter(({ code }) => !NEVER_TOLD.includes(code))).toEqual([])
        await store.close()
        await start('import.ts', [path, '700']).ended
        const after = await temporaryStore({ path })
        expect((await after.get('s'))?.head).toBe(head)
        expect((await after.verify()).findings).toEqual([])
        await after.close()
      }),
      { numRuns: Math.ceil(CUTS / 6), endOnFailure: true, examples: [[[MOMENTS, 1]], [[MOMENTS, 3]]] },
    )
  })
})
