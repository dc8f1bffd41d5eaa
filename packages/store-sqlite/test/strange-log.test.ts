import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { expectHonest } from './account.ts'
import { script, start, type Told } from './processes.ts'
import { all, said, temporaryFolder, temporaryPath, temporaryStore } from './temporary.ts'

const LONG = process.env['LONG'] === '1'

/** A store's two files as they lay there at one moment. */
interface Moment {
  readonly main: Buffer
  /** Null: there was no log. */
  readonly wal: Buffer | null
}

function taken(path: string): Moment {
  return { main: readFileSync(path), wal: existsSync(`${path}-wal`) ? readFileSync(`${path}-wal`) : null }
}

/** A folder with these files, as cp or a sync tool would leave them, and the store's path in it. */
function laid({ main, wal }: Moment): string {
  const path = temporaryPath()
  writeFileSync(path, main, { mode: 0o600 })
  if (wal) writeFileSync(`${path}-wal`, wal, { mode: 0o600 })
  return path
}

/** Appends until so many are acknowledged, and is killed. */
async function killedAfter(path: string, name: string, count: number, size = 100): Promise<readonly Told[]> {
  const victim = start('append.ts', [path, name, '100000', 's', `${size}`])
  await victim.saw(`"acked":"${name}-${count}"`)
  victim.process.kill('SIGKILL')
  return (await victim.ended).lines
}

type Life = Record<'made' | 'a1' | 'a2' | 'folded' | 'b' | 'far' | 'end' | 'backup', Moment>

let known: Promise<Life> | undefined

/** Moments in the life of one store, its backup, and its end. Lived once. */
function life(): Promise<Life> {
  known ??= lived()
  return known
}

async function lived(): Promise<Life> {
  const path = temporaryPath()
  await (await openSqliteStore({ path })).close()
  const made = taken(path)
  await killedAfter(path, 'a1', 3)
  const a1 = taken(path)
  await killedAfter(path, 'a2', 3)
  const a2 = taken(path)
  script('append.ts', path, 'a3', '2')
  const folded = taken(path)
  const store = await openSqliteStore({ path })
  await store.backup(`${path}.backup`)
  await store.close()
  const backup = taken(`${path}.backup`)
  await killedAfter(path, 'b', 3)
  const b = taken(path)
  // Two checkpoints and more of a log that never ended.
  await killedAfter(path, 'far', 100, 200_000)
  const far = taken(path)
  script('append.ts', path, 'end', '2')
  return { made, a1, a2, folded, b, far, end: taken(path), backup }
}

async function refusedWholly(path: string): Promise<void> {
  const before = taken(path)
  for (const readOnly of [true, false]) {
    await expect(openSqliteStore({ path, readOnly }), `readOnly: ${readOnly}`).rejects.toMatchObject({
      code: 'STRANGE_LOG',
      outcome: 'not-stored',
      message: expect.stringContaining('was not written over'),
      advice: expect.stringContaining('restore a backup'),
    })
    const after = taken(path)
    expect(after.main.equals(before.main)).toBe(true)
    expect(after.wal?.equals(before.wal ?? Buffer.alloc(0))).toBe(true)
  }
}

describe('S21 a log that was not written over the file beside it', { timeout: 120_000 }, () => {
  it('S21 is refused before an answer, whichever moment either is of, and neither file is touched', async () => {
    const { made, a1, a2, folded, b, far, end, backup } = await life()
    const strange: Record<string, readonly [Moment, Moment]> = {
      'a backup and the log of a kill': [backup, b],
      'a backup and an older log': [backup, a1],
      'the newly made file and a later log': [made, b],
      'an older copy with its log folded in, and a later log': [folded, far],
      'an older copy from the midst of a log, and a later log': [a2, b],
      'an older copy, and the log after checkpoints': [b, far],
      'a newer copy and the log that it took in': [folded, a1],
      'a newer copy and the log it took in, nearly all of it': [folded, a2],
      'a newer copy and a much older log': [end, a1],
      'a newer copy and an older log': [end, b],
      'a newer copy from after checkpoints and an older log': [far, b],
    }
    for (const [name, [main, log]] of Object.entries(strange)) {
      await refusedWholly(laid({ main: main.main, wal: log.wal })).catch((error: unknown) => {
        throw new Error(name, { cause: error })
      })
    }
  })

  it('S21 is refused over a copy from behind the first of two checkpoints of one log', async () => {
    const path = temporaryPath()
    const store = await openSqliteStore({ path })
    await store.append('s', { record: said('first') }, { create: {} })
    const reader = start('hold.ts', [path])
    await reader.saw('held')
    await store.append('s', { record: said('second') })
    script('fold.ts', path)
    const first = script('copied.ts', path)
    reader.process.stdin?.write('go\n')
    await reader.ended
    await store.close()
    await killedAfter(path, 'later', 3)
    await refusedWholly(laid({ main: Buffer.from(first, 'base64'), wal: readFileSync(`${path}-wal`) }))
  })

  it('S21 is refused where the file is of another store, of another program or of schema 1', async () => {
    const { b } = await life()
    const other = temporaryPath()
    script('append.ts', other, 'other', '3')
    await refusedWholly(laid({ main: readFileSync(other), wal: b.wal }))
    const stranger = temporaryPath()
    new Database(stranger).exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)').close()
    const path = laid({ main: readFileSync(stranger), wal: b.wal })
    await expect(openSqliteStore({ path })).rejects.toMatchObject({
      code: expect.stringMatching(/STRANGE_LOG|NOT_A_STORE/),
    })
    expect(readFileSync(path).equals(readFileSync(stranger))).toBe(true)
    expect(readFileSync(`${path}-wal`).equals(b.wal as Buffer)).toBe(true)
  })

  it('S22 is not asked for where the row of the store itself is damaged in the file, and neither is touched', async () => {
    const { b } = await life()
    const main = Buffer.from(b.main)
    main.writeUInt8(main.readUInt8(32_768 - 40) ^ 1, 32_768 - 40)
    const path = laid({ main, wal: b.wal })
    for (const readOnly of [true, false]) {
      await expect(openSqliteStore({ path, readOnly })).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    }
    expect(readFileSync(path).equals(main)).toBe(true)
    expect(readFileSync(`${path}-wal`).equals(b.wal as Buffer)).toBe(true)
  })

  it('S21 is none where the files are of one moment, also at another place, and each acknowledged entry is there', async () => {
    const path = temporaryPath()
    const accounts: (readonly Told[])[] = []
    for (const [round, size] of [100, 100, 300_000, 100].entries()) {
      accounts.push(await killedAfter(path, `k${round}`, 40, size))
      const folder = temporaryFolder()
      for (const name of readdirSync(join(path, '..')))
        copyFileSync(join(path, '..', name), join(folder, name))
      const copy = await temporaryStore({ path: join(folder, 'transcripts.db') })
      await expectHonest(copy, 's', accounts)
      await copy.append('s', { record: said('goes on') })
      const bare = await temporaryStore({ path: laid(taken(path)) })
      await expectHonest(bare, 's', accounts)
    }
  })

  it('S21 is none where the plain copy is the very state that the log was begun over', async () => {
    const { made, a2, folded, b } = await life()
    for (const [main, log, count] of [
      [made, a2, 6],
      [folded, b, 11],
    ] as const) {
      const store = await temporaryStore({ path: laid({ main: main.main, wal: log.wal }) })
      expect((await all(store.read('s'))).length).toBeGreaterThanOrEqual(count)
      expect((await store.verify()).findings).toEqual([])
    }
  })

  it('S21 is none after a kill in the midst of a checkpoint', async () => {
    for (let when = 1; when <= (LONG ? 40 : 6); when++) {
      const path = temporaryPath()
      const victim = start('append.ts', [path, 'k', '100000', 's', '400000'])
      await victim.saw(`"acked":"k-${18 + when}"`)
      victim.process.kill('SIGKILL')
      const { lines } = await victim.ended
      await expectHonest(await temporaryStore({ path }), 's', [lines])
    }
  })

  it('S21 a log that is gone, or empty, is no strange one', async () => {
    const { a1, b } = await life()
    const bare = await temporaryStore({ path: laid({ main: b.main, wal: null }) })
    expect((await bare.verify()).findings).toEqual([])
    const empty = await temporaryStore({ path: laid({ main: a1.main, wal: Buffer.alloc(0) }) })
    expect((await empty.verify()).findings).toEqual([])
  })

  it('S21 S20 no process that opens while others write and take the log in is ever alarmed', async () => {
    const path = temporaryPath()
    script('append.ts', path, 'first', '1')
    const rounds = LONG ? 2000 : 60
    const openers = [1, 2].map(() => start('open-often.ts', [path, `${rounds}`]))
    const writers = [1, 2].map((n) =>
      start('append.ts', [path, `w${n}`, LONG ? '1500' : '60', 's', '300000']),
    )
    for (const { ended } of [...openers, ...writers]) {
      const { lines, status, stderr } = await ended
      expect([status, stderr]).toEqual([0, ''])
      expect(lines.filter(({ failed }) => failed)).toEqual([])
    }
    rmSync(`${path}.search`, { force: true })
    expect((await (await temporaryStore({ path })).verify()).findings).toEqual([])
  })
})
