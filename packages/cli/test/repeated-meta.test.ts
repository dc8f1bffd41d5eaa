import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runHere } from './run-here.ts'
import { temporaryFolder } from './temporary-folder.ts'

const META = '{"role":"session_meta","platform":"telegram"}\n'
const FLAT = '{"role":"session_meta"}\n'
const A = '{"role":"user","content":"the garden is quiet in the morning"}\n'
const B = '{"role":"assistant","content":"and green at noon"}\n'
const C = '{"role":"user","content":"then let us go and see"}\n'

test.for<[string, first: string, then: string]>([
  ['behind a message', META + A, META + A + META + B],
  ['at the end', META + A + B, META + A + B + META],
  ['once more, of several', META + META + A, META + META + A + META + B],
  ['twice, of none', A, A + META + META + B + C],
  ['flattened', META + A, META + A + FLAT + B],
  ['several times, far apart', META + A, META + A + META + B + META + C + META],
])(
  'a session_meta that comes again %s is an entry, in a file that grew as in one that is new',
  async ([, first, then]) => {
    const source = join(temporaryFolder(), 'source')
    mkdirSync(source)
    const exported = []
    for (const states of [[then], [first, then]]) {
      const db = join(temporaryFolder(), 'faircopy.db')
      const run = (...args: string[]) => runHere([...args, '--db', db])
      for (const state of states) {
        writeFileSync(join(source, 's.jsonl'), state)
        expect((await run('import', source)).code).toBe(0)
      }
      const { stdout } = await run('export', 's', '--format', 'jsonl')
      const proof = await run('verify', '--against', source)
      exported.push([stdout, proof.code, (await run('status')).stdout.split('\n')[0]?.replace(/^.*: /, '')])
      expect((await run('import', source)).stdout).toContain('Nothing new')
    }
    expect(exported[0]?.[0]).toBe(then)
    expect(exported[1]).toEqual(exported[0])
  },
)
