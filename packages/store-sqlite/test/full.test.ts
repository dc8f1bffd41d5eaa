import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { all, said, temporaryFolder } from './temporary.ts'

/** A file system of 3 MiB, or null where one cannot be mounted. */
function smallDisk(): string | null {
  const folder = temporaryFolder()
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m,mode=0700', 'tmpfs', folder]).status !== 0)
    return null
  onTestFinished(() => {
    spawnSync('umount', ['-l', folder])
  })
  return folder
}

describe('S26 a full disk', () => {
  it('S26 reads go on, the error says what to do, and the same process writes again once there is room', async (context) => {
    const folder = smallDisk()
    if (!folder) return context.skip('a small file system cannot be mounted here')
    const ballast = join(folder, 'ballast')
    writeFileSync(ballast, Buffer.alloc(1024 * 1024))
    const store = await openSqliteStore({ path: join(folder, 't.db') })
    onTestFinished(() => store.close())
    await store.create('s')
    const acked: string[] = []
    let failure: unknown
    for (let i = 0; i < 500 && !failure; i++) {
      const record = said(`${i} ${'x'.repeat(5000)}`)
      await store.append('s', { record, idempotencyKey: `${i}` }).then(
        () => acked.push(record),
        (error: unknown) => {
          failure = error
        },
      )
    }
    expect(failure).toMatchObject({ code: 'STORE_FULL', outcome: 'not-stored', retryable: true })
    expect(String(failure)).toMatch(/bytes free.*Free space/)
    expect(acked.length).toBeGreaterThan(10)
    expect((await all(store.read('s'))).map(({ record }) => record)).toEqual(acked)
    await expect(store.append('s', { record: said('y'.repeat(50_000)) })).rejects.toMatchObject({
      code: 'STORE_FULL',
    })
    rmSync(ballast)
    const { entryCount } = await store.append('s', { record: said('again') })
    expect(entryCount).toBe(acked.length + 1)
    expect((await store.verify()).findings).toEqual([])
  })

  it('S26 no store can be made on a full disk, and once there is room it is', async (context) => {
    const folder = smallDisk()
    if (!folder) return context.skip('a small file system cannot be mounted here')
    const ballast = join(folder, 'ballast')
    spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k'])
    await expect(openSqliteStore({ path: join(folder, 't.db') })).rejects.toMatchObject({
      code: 'STORE_FULL',
    })
    rmSync(ballast)
    const store = await openSqliteStore({ path: join(folder, 't.db') })
    onTestFinished(() => store.close())
    await store.create('s')
  })
})
