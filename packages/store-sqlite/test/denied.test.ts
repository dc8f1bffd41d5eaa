import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { describe, expect, it } from 'vitest'
import { script } from './processes.ts'
import { said, temporaryPath, temporaryStore } from './temporary.ts'

describe('S3 S24 a place that may not be used', { timeout: 60_000 }, () => {
  it.for([
    { what: 'new-in-folder', says: 'open FOLDER/inner/t.db (EACCES)', left: [] },
    { what: 'folder', says: 'write FOLDER/inner (EACCES)', left: ['t.db'] },
    { what: 'folder-read-only', says: 'write FOLDER/inner (EACCES)', left: ['t.db'] },
    { what: 'file', says: 'access FOLDER/inner/t.db (EACCES)', left: ['t.db'] },
    { what: 'no-file', says: 'access FOLDER/inner/t.db (EACCES)', left: ['t.db'] },
    { what: 'closed', says: 'lstat FOLDER/inner/t.db (EACCES)', left: ['t.db'] },
  ])('$what: the error names it, and nothing is made', ({ what, says, left }) => {
    const told = JSON.parse(script('denied.ts', what))
    expect(told).toMatchObject({ code: 'ACCESS_DENIED', outcome: 'not-stored', retryable: false, left })
    expect(told.message).toContain(says)
    expect(told.message).not.toMatch(/check the disk|retry/i)
  })

  it('a file that may only be read is read', () => {
    expect(JSON.parse(script('denied.ts', 'file-read-only'))).toMatchObject({ read: 1 })
  })

  it.runIf(process.platform === 'linux')(
    'a name that the system can keep no file under is no place for a store',
    async () => {
      const folder = dirname(temporaryPath())
      writeFileSync(join(folder, 'file'), '')
      symlinkSync('loop', join(folder, 'loop'))
      mkdirSync(join(folder, 'folder'))
      for (const path of [
        '/proc/x.db',
        join(folder, 'file', 'x.db'),
        join(folder, 'file', 'deeper', 'x.db'),
        join(folder, 'loop', 'x.db'),
        join(folder, 'folder'),
        join(folder, `${'long'.repeat(100)}.db`),
      ]) {
        await expect(openSqliteStore({ path }), path).rejects.toMatchObject({
          code: 'UNSAFE_LOCATION',
          outcome: 'not-stored',
          retryable: false,
        })
      }
    },
  )
})

describe("S3 Node's permission model", { timeout: 60_000 }, () => {
  const all = ['--allow-fs-read=*', '--allow-fs-write=*', '--allow-addons', '--allow-worker']
  const sources = fileURLToPath(new URL('../../../', import.meta.url))

  function under(flags: readonly string[], path: string): unknown {
    const file = fileURLToPath(new URL('processes/permission.ts', import.meta.url))
    const args = ['--conditions=@faircopy/source', '--permission', ...flags, file, path]
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    try {
      return JSON.parse(stdout)
    } catch {
      throw new Error(stderr)
    }
  }

  it.for([
    { without: '--allow-addons', says: 'Start Node with --allow-addons' },
    { without: '--allow-fs-write=*', says: 'Start Node with --allow-fs-write' },
  ])('without $without the error names the flag, and nothing is made', ({ without, says }) => {
    const path = join(dirname(temporaryPath()), 'new.db')
    const told = under(
      all.filter((flag) => flag !== without),
      path,
    )
    expect(told).toMatchObject({ code: 'ACCESS_DENIED', outcome: 'not-stored' })
    expect((told as { message: string }).message).toContain(says)
    expect(existsSync(path)).toBe(false)
  })

  it('without a place to read or to write the error names it, and a store that is there is left as it is', async () => {
    const { path } = await temporaryStore()
    expect(under(all.toSpliced(1, 1), path)).toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining('write STORE. Start Node with --allow-fs-write for that place'),
    })
    expect(under([`--allow-fs-read=${sources}*`, ...all.slice(1)], path)).toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining('Start Node with --allow-fs-read for that place'),
    })
  })

  it('a new file that could not be made durable is not made; a store that is there is used as usual', async () => {
    const path = temporaryPath()
    const told = under(all, path)
    expect(told).toMatchObject({ code: 'ACCESS_DENIED', outcome: 'not-stored' })
    expect(existsSync(path)).toBe(false)
    const store = await temporaryStore({ path })
    await store.append('s', { record: said('before') }, { create: {} })
    await store.close()
    expect(under(all, path)).toEqual({ entryCount: 2 })
  })
})
