// What others do to the files between a look at them and the step that cannot be taken back.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { openSqliteStore, RestoreRefused, restoreStore, type SqliteStore } from '@faircopy/store-sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import { afterLook, type Between, beforeFileCall, beforeThread, otherCalls } from './between.ts'
import { script } from './processes.ts'
import { all, said, temporaryFolder, temporaryStore } from './temporary.ts'

let happening: Between | null = null

afterEach(() => {
  // A test whose others never came proves nothing.
  const came = happening?.undo()
  happening = null
  expect(came).not.toBe(false)
})

async function begun(): Promise<SqliteStore> {
  const store = await temporaryStore()
  await store.append('s', [{ record: said('one') }, { record: said('two') }], { create: {} })
  return store
}

async function closed(store: SqliteStore): Promise<SqliteStore> {
  await store.close()
  return store
}

/** Another, closed store. */
async function another(word = 'other'): Promise<string> {
  const store = await openSqliteStore({ path: join(temporaryFolder(), 'other.db') })
  await store.append('s', { record: said(word) }, { create: {} })
  await store.close()
  return store.path
}

async function texts(store: SqliteStore): Promise<string[]> {
  return (await all(store.read('s'))).map(({ record }) => JSON.parse(record).content)
}

const next = { record: said('next') }

describe('in between, of the file under a store', () => {
  it.each<[string, (store: SqliteStore) => Promise<unknown>]>([
    ['a check', (store) => store.verify()],
    ['a second store', (store) => temporaryStore({ path: store.path })],
  ])('S21 a file that gets its name while %s opens it is not read, and stays as it is', async (_, made) => {
    // At whichever look at its name it comes.
    for (let nth = 1, came = true; came; nth++) {
      const store = await begun()
      const other = await another()
      const bytes = readFileSync(other)
      happening = afterLook(store.path, nth, () => {
        renameSync(store.path, `${store.path}.away`)
        renameSync(other, store.path)
      })
      await made(store).catch((error: { readonly code?: string }) =>
        expect(error.code).toMatch(/^(STORE_REPLACED|STRANGE_LOG)$/),
      )
      came = happening.undo()
      happening = null
      expect(readFileSync(came ? store.path : other).equals(bytes)).toBe(true)
      expect(came || nth > 1).toBe(true)
    }
  })

  it('S21 a checkpoint that another process has made since it was announced is not made again', async () => {
    const third = await begun()
    // Its next write makes room first; what the other appends meanwhile is less than that.
    const store = await temporaryStore({ path: third.path, maxLogBytes: 100_000 })
    happening = beforeThread('BEGIN IMMEDIATE', async () => {
      otherCalls(third.path, ['compact'])
      await third.append('s', next)
    })
    await store.append('s', next)
    // A third one that looked since knows of no other announcement.
    await third.append('s', next)
    expect(await texts(third)).toEqual(['one', 'two', 'next', 'next', 'next'])
  })

  it('S27 a compaction is not taken for one that lost rows where others wrote since it counted them', async () => {
    const store = await begun()
    happening = beforeThread('VACUUM', () => otherCalls(store.path, ['append', 's', next]))
    await store.compact()
    expect(await texts(store)).toEqual(['one', 'two', 'next'])
  })
})

describe('in between, of a backup', () => {
  it('S25 a store that is copied over this one as its backup begins is not backed up for it', async () => {
    const { path } = await begun().then(closed)
    const store = await temporaryStore({ path })
    const other = await another()
    happening = beforeThread('copy-store', () => void script('copy.ts', other, store.path))
    await expect(store.backup(`${store.path}.backup`)).rejects.toMatchObject({ code: 'STORE_REPLACED' })
    expect(existsSync(`${store.path}.backup`)).toBe(false)
  })

  it('S25 a file that gets its name while it is made is not overwritten', async () => {
    const store = await begun()
    const to = `${store.path}.backup`
    happening = beforeFileCall(
      'linkSync',
      (_, name) => name === to,
      () => writeFileSync(to, 'theirs'),
    )
    await expect(store.backup(to)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(readFileSync(to, 'utf8')).toBe('theirs')
  })
})

describe.runIf(process.platform === 'linux')('in between, of a restore', () => {
  interface Place {
    readonly path: string
    readonly backup: string
  }

  async function place(): Promise<Place> {
    const store = await begun()
    const { path } = store
    await store.backup(`${path}.backup`)
    await store.append('s', next)
    await store.close()
    return { path, backup: `${path}.backup` }
  }

  const reasonOf = (error: { readonly code?: string }): unknown =>
    error instanceof RestoreRefused ? error.reason : error.code
  const restored = (where: Place): Promise<unknown> =>
    restoreStore({ ...where, closed: true }).then(({ dryRun }) => dryRun, reasonOf)

  /** The store as it is now, and that nothing of a restore is left beside it. */
  async function asItWas({ path }: Place, ...words: string[]): Promise<void> {
    expect(readdirSync(dirname(path)).filter((name) => /aside|restoring/.test(name))).toEqual([])
    expect(await texts(await temporaryStore({ path }))).toEqual(words)
  }

  /** Right before the store's file gets its second name, once nobody was seen to have it open. */
  function beforeGuard({ path }: Place, happens: () => void): Between {
    return beforeFileCall('linkSync', (from, to) => from === path && basename(to) === basename(path), happens)
  }

  it('S21 who opened the store since nobody was seen to have it open keeps it', async () => {
    const where = await place()
    let pid = ''
    happening = beforeGuard(where, () => {
      const command = 'sleep 600 < "$0" > /dev/null 2>&1 & echo $!'
      pid = spawnSync('sh', ['-c', command, where.path], { encoding: 'utf8' }).stdout.trim()
    })
    try {
      expect(await restored(where)).toBe('in-use')
    } finally {
      process.kill(Number(pid))
    }
    await asItWas(where, 'one', 'two', 'next')
  })

  it('S21 what was written to the store since it was summed up stays in its place', async () => {
    const where = await place()
    happening = beforeGuard(where, () => otherCalls(where.path, ['append', 's', { record: said('late') }]))
    expect(await restored(where)).toBe('in-use')
    await asItWas(where, 'one', 'two', 'next', 'late')
  })

  it('S21 a file that got the store’s name since it was summed up stays in its place', async () => {
    const where = await place()
    const other = await another()
    happening = beforeGuard(where, () => renameSync(other, where.path))
    expect(await restored(where)).toBe('STORE_REPLACED')
    await asItWas(where, 'other')
  })

  it('S21 a file that got the store’s name while the others went aside is not overwritten', async () => {
    const where = await place()
    const other = await another()
    writeFileSync(`${where.path}.search`, 'an index, or none')
    happening = beforeFileCall(
      'unlinkSync',
      (name) => name === `${where.path}.search`,
      () => renameSync(other, where.path),
    )
    expect(await restored(where)).toBe('STORE_REPLACED')
    expect(await texts(await temporaryStore({ path: where.path }))).toEqual(['other'])
  })

  it('S25 what was checked and is another thing by the time it has the store’s name is told', async () => {
    const where = await place()
    happening = beforeFileCall(
      'renameSync',
      (from, to) => to === where.path && from.endsWith('.restoring'),
      () => {
        const copy = readdirSync(dirname(where.path)).find((name) => name.endsWith('.restoring')) ?? ''
        truncateSync(join(dirname(where.path), copy), 8192)
      },
    )
    expect(await restored(where)).toBe('STORE_CORRUPT')
  })
})
