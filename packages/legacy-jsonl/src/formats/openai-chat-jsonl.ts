import { type JsonObject, type JsonValue, type NewSession, openaiChat } from '@faircopy/store-core'
import { isChatMessage, isNearlyAll, kindOfRole, namesItsType } from './chat-line.ts'
import type { FormatAdapter } from './format-adapter.ts'
import type { StampOptions } from './stamp-options.ts'
import { readTimeStamp, stampMember, type WallClock } from './time-stamp.ts'
import { wallClockOf } from './wall-clock.ts'

/**
 * Plain chat messages of the OpenAI shape, one a line, as many home-made gateways keep them: nearly all records that a
 * file begins with are messages, or it is of another format. A header `{"_type":"metadata",…}`, as nanobot writes it,
 * tells of the session: its `created_at` is the session's start, and all of it is kept in the session's `meta` under
 * `header`; a number there that would be rounded is the text of its digits. `timestamp`, `created_at`, `created` and `ts`
 * are read as stamps.
 *
 * A record without a role is no message, and is quarantined with its bytes. So is a whole conversation in one line
 * (`{"messages":[…]}`) among messages: its own have no lines that could be accounted for. Fails with `InvalidArgument`
 * for a time zone that is not known.
 */
export function openaiChatJsonl(options: StampOptions = {}): FormatAdapter {
  const wallClock = options.timeZone === undefined ? undefined : wallClockOf(options.timeZone)
  return {
    name: 'openai-chat',
    codec: openaiChat,
    ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
    recognises(beginning) {
      return isNearlyAll(beginning.filter(isChatLine).length, beginning.length)
    },
    fits: isChatLine,
    decode({ record, text }) {
      if (isHeader(record)) {
        const header = text === undefined ? record : withExactNumbers(text)
        return { as: 'metadata', about: aboutSession(header, wallClock) }
      }
      if (isWholeConversation(record)) {
        return {
          as: 'not-understood',
          detail:
            'a whole conversation in one line: write its messages one a line, a file for each conversation',
        }
      }
      if (typeof record['role'] !== 'string')
        return { as: 'not-understood', detail: 'no message: it has no role' }
      return {
        as: 'entry',
        kind: kindOfRole(record['role']),
        ...readTimeStamp(stampMember(record), wallClock),
      }
    },
  }
}

function isChatLine(record: JsonObject): boolean {
  return isHeader(record) || (isChatMessage(record) && !namesItsType(record))
}

function isHeader(record: JsonObject): boolean {
  return record['_type'] === 'metadata' && !('role' in record)
}

function isWholeConversation(record: JsonObject): boolean {
  return Array.isArray(record['messages']) && !('role' in record)
}

function aboutSession(header: JsonObject, wallClock: WallClock | undefined): NewSession {
  const { at } = readTimeStamp(header['created_at'], wallClock)
  return { meta: { header }, ...(at === null ? {} : { startedAt: at }) }
}

/** A number as a parser is told of it. */
interface Source {
  readonly source?: string
}

/** A record in which a number that a double cannot hold is a text: what it was written as. */
function withExactNumbers(text: string): JsonObject {
  return JSON.parse(text, (_name: string, value: JsonValue, { source = '' }: Source = {}) =>
    typeof value !== 'number' || digitsOf(String(value)) === digitsOf(source) ? value : source,
  ) as JsonObject
}

/** One text for all ways to write a number. */
function digitsOf(number: string): string {
  const [, sign = '', whole = '', part = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number) ?? []
  const digits = `${whole}${part}`.replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  const power = BigInt(exponent) - BigInt(part.length) + BigInt(digits.length - significant.length)
  return `${sign}${significant}e${power}`
}
