import { DEFAULT_NAMESPACE, type SessionAddress } from '@faircopy/store-core'
import { shellWord } from './shell-word.ts'

/** A session's name for people, with its namespace where that is not the default one. */
export function sessionName({ namespace, id }: Required<SessionAddress>): string {
  return namespace === DEFAULT_NAMESPACE ? id : `${namespace}: ${id}`
}

/** A session's name as arguments of a command. */
export function sessionArguments({ namespace, id }: Required<SessionAddress>): string {
  return namespace === DEFAULT_NAMESPACE
    ? shellWord(id)
    : `${shellWord(id)} --namespace ${shellWord(namespace)}`
}
