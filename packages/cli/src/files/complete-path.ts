import { readdirSync } from 'node:fs'
import { homedir } from 'node:os'

/**
 * Offers what lies in the folder that the last word of the command line names so far: a shell that asks a program for
 * completions does not add files of its own.
 */
export function completePath(complete: (value: string, description: string) => void): void {
  const typed = (process.argv.at(-1) ?? '').replace(/^--[^=]+=/, '')
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1)
  const looked = folder.startsWith('~/') ? homedir() + folder.slice(1) : folder || '.'
  try {
    for (const entry of readdirSync(looked, { withFileTypes: true })) {
      if (entry.name.startsWith('.') && !typed.slice(folder.length).startsWith('.')) continue
      complete(`${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`, '')
    }
  } catch {
    // A folder that cannot be listed offers nothing.
  }
}
