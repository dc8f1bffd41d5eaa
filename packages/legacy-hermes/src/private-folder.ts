import { lstat, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `faircopy-hermes-<pid namespace>-<pid>-<start of the process>-<random>`. */
const NAME = /^faircopy-hermes-(\d+)-(\d+)-(\d+)-[A-Za-z0-9]{6}$/

/**
 * A new folder for copies, closed to everybody else (0700) and named for this process, so that a later one can tell
 * that its owner is gone.
 */
export async function makePrivateFolder(): Promise<string> {
  const owner = `${await pidNamespace()}-${process.pid}-${(await processStart(process.pid)) ?? 0}`
  return await mkdtemp(join(tmpdir(), `faircopy-hermes-${owner}-`))
}

/** Removes the folders of processes of this user that are provably dead: a killed run leaves its copies. */
export async function sweepPrivateFolders(): Promise<void> {
  const namespace = await pidNamespace()
  const names = await readdir(tmpdir()).catch(() => [])
  for (const name of names) {
    const [, where, pid, start] = NAME.exec(name) ?? []
    // A process of another container may live though no process here has its id.
    if (where !== namespace || pid === undefined || start === undefined) continue
    const folder = join(tmpdir(), name)
    const stats = await lstat(folder).catch(() => null)
    if (!stats?.isDirectory() || stats.uid !== (process.getuid?.() ?? stats.uid)) continue
    if (await isDead(Number(pid), start)) {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined)
    }
  }
}

async function isDead(pid: number, start: string): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
  const startNow = await processStart(pid)
  return startNow !== null && startNow !== start
}

/** When a process started, in ticks since boot; null where the system does not tell. */
async function processStart(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null)
  // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
}

async function pidNamespace(): Promise<string> {
  const link = await readlink('/proc/self/ns/pid').catch(() => '')
  return /\d+/.exec(link)?.[0] ?? '0'
}
