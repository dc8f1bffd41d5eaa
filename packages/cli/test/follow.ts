import { expect } from 'vitest'
import { runHere } from './run-here.ts'

/** Runs a command that a report named, as a shell would. */
export function follow(next: string): ReturnType<typeof runHere> {
  const [name, ...words] = [...next.matchAll(/'([^']*)'|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? '',
  )
  expect(name).toBe('faircopy')
  return runHere(words)
}
