import { randomBytes } from 'node:crypto'

/** A new mark of the main file: which state of it a log builds on. Never the same twice. */
export function newMark(): string {
  return randomBytes(8).toString('hex')
}
