import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { faircopy } from './faircopy.ts'
import { temporaryFolder } from './temporary-folder.ts'

test.for(['bash', 'zsh', 'fish', 'powershell'])('a script for %s', async (shell) => {
  const { code, stdout, stderr } = await faircopy(['completion', shell])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('faircopy')
})

test('bash accepts its script', async () => {
  const { stdout } = await faircopy(['completion', 'bash'])
  execFileSync('bash', ['-n'], { input: stdout })
})

test('an unknown shell is a usage error', async () => {
  expect((await faircopy(['completion', 'tcsh'])).code).toBe(64)
})

test('offers commands, options of the command and of all, values and paths', async () => {
  expect(await offered('i')).toEqual(['import'])
  expect(await offered('import', '--')).toEqual(
    expect.arrayContaining(['--format', '--dry-run', '--db', '--json']),
  )
  expect(await offered('export', '--format', '')).toEqual(['jsonl', 'ndjson', 'markdown', 'hermes'])
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'gateway'))
  writeFileSync(join(folder, 'notes.jsonl'), '')
  expect(await offered('import', `${folder}/`)).toEqual([`${folder}/gateway/`, `${folder}/notes.jsonl`])
  expect(await offered('backup', `${folder}/n`)).toEqual([`${folder}/notes.jsonl`])
  expect(await offered('search', '--order', '')).toEqual(['newest', 'best'])
  expect(await offered('red')).toEqual(['redact'])
  expect(await offered('list', '--db', `${folder}/n`)).toEqual([`${folder}/notes.jsonl`])
})

async function offered(...words: readonly string[]): Promise<string[]> {
  const { stdout } = await faircopy(['complete', '--', ...words])
  return stdout
    .split('\n')
    .flatMap((line) => (line.includes('\t') ? [line.slice(0, line.indexOf('\t'))] : []))
}
