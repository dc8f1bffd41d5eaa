import { expect, test } from 'vitest'
import { faircopy, PROGRAM_IN_FILES } from './faircopy.ts'

test.for(['node-too-old', 'napi-too-old'])(
  '%s: one sentence and 78, before anything is loaded',
  async (name) => {
    const preload = new URL(`preload/${name}.ts`, import.meta.url)
    const { code, signal, stdout, stderr } = await faircopy(['--version'], {
      preload,
      program: PROGRAM_IN_FILES,
    })
    expect({ code, signal, stdout }).toEqual({ code: 78, signal: null, stdout: '' })
    expect(stderr).toMatch(/^faircopy needs Node 22\.14 or newer; this is [\d.]+\.\n$/)
  },
)
