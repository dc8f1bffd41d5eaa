import { type EntryKind, type JsonObject, openaiChat } from '@faircopy/store-core'
import { isChatMessage, isNearlyAll, kindOfRole, namesItsType } from './chat-line.ts'
import type { FormatAdapter } from './format-adapter.ts'
import type { StampOptions } from './stamp-options.ts'
import { isNaiveStamp, readTimeStamp } from './time-stamp.ts'
import { wallClockOf } from './wall-clock.ts'

/** `20260302_100000_7dd70216.jsonl`, or six digits at the end for sessions of the command line; `cron_…` for jobs. */
const HERMES_FILE_NAME = /^(?:cron_.+_)?\d{8}_\d{6}(?:_(?:[0-9a-f]{6}|[0-9a-f]{8}))?\.jsonl$/

/** What file managers, shells and sync tools add to the name of a copy. An id bears its time, so no other session has it. */
const COPY_MARK =
  / ?\((?:\d+|copy|copy \d+|another copy|[^()]*conflicted copy[^()]*)\)|(?: - |[ _.-])copy(?: ?\(?\d+\)?)?|[-_.](?:bak|backup|old|orig)\d*|\.sync-conflict-[\w-]+/i
const COPY_NAME = new RegExp(`^(.+?)(?:${COPY_MARK.source})+\\.jsonl$`, 'i')

const HERMES_MEMBERS: readonly string[] = ['finish_reason', 'reasoning', 'mirror']

/**
 * Transcripts of the Hermes gateway, `sessions/<session id>.jsonl`, of all generations: lines of the gateway and of
 * its mirror, files rewritten without stamps by `/retry`, `/undo` and `/compress`, and files with `session_meta` at
 * any place or flattened to `null`.
 *
 * A mirrored line is of kind `delivery`, `session_meta` of that kind, a role that no provider knows is the kind itself,
 * and a line without role is of kind `unknown`. A file whose name is that of a transcript with a mark of copies behind it
 * (`… (1).jsonl`, `… copy.jsonl`, `….bak.jsonl`) claims the same session. Fails with `InvalidArgument` for a time zone that is not known.
 */
export function hermesJsonl(options: StampOptions = {}): FormatAdapter {
  const wallClock = options.timeZone === undefined ? undefined : wallClockOf(options.timeZone)
  return {
    name: 'hermes-jsonl',
    codec: openaiChat,
    ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
    recognises(beginning, fileName) {
      const isNamed = HERMES_FILE_NAME.test(originalName(fileName))
      if (beginning.length === 0) return isNamed
      if (beginning.some((record) => '_type' in record)) return false
      const own = beginning.filter((record) => !isForeign(record)).length
      return isNearlyAll(own, beginning.length) && beginning.some(isNamed ? isHermesLine : bearsHermesMark)
    },
    fits: isHermesLine,
    sessionId: (fileName) => originalName(fileName).replace(/\.jsonl$/, ''),
    decode({ record }) {
      return { as: 'entry', kind: hermesKind(record), ...readTimeStamp(record['timestamp'], wallClock) }
    },
  }
}

/** The name of the file that one is a copy of, if it is a copy of a transcript; else its own. */
function originalName(fileName: string): string {
  const original = `${COPY_NAME.exec(fileName)?.[1]}.jsonl`
  return HERMES_FILE_NAME.test(original) ? original : fileName
}

function hermesKind(record: JsonObject): EntryKind {
  if (record['role'] === 'session_meta') return 'session_meta'
  return record['mirror'] === true ? 'delivery' : kindOfRole(record['role'])
}

/** Odd roles and lines without one were written by Hermes; what names its type, or says nothing at all, was not. */
function isForeign(record: JsonObject): boolean {
  return namesItsType(record) || !('role' in record || 'content' in record)
}

function isHermesLine(record: JsonObject): boolean {
  return record['role'] === 'session_meta' || (isChatMessage(record) && !namesItsType(record))
}

function bearsHermesMark(record: JsonObject): boolean {
  if (record['role'] === 'session_meta') return true
  return (
    isChatMessage(record) &&
    (HERMES_MEMBERS.some((name) => name in record) || isNaiveStamp(record['timestamp']))
  )
}
