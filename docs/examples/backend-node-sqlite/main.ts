// Says something, is closed, and is asked what was said.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from './open-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'backend-node-sqlite-'))
const path = join(folder, 'transcripts.db')

const store = openStore({ path })
await store.append('s', { record: { role: 'user', content: 'Is it stored?' } }, { create: {} })
await store.close()

const again = openStore({ path })
for await (const { seq, record } of again.read('s')) console.log(seq, record)
await again.close()
rmSync(folder, { recursive: true })
