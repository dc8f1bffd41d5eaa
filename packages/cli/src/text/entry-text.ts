import {
  type Entry,
  type JsonValue,
  type MessageView,
  type Provenance,
  parseRecord,
} from '@faircopy/store-core'
import { visibleText } from '@faircopy/store-core/visible-text'
import { truncate } from './display-width.ts'
import type { Ink, InkName } from './ink.ts'
import { plural } from './plural.ts'
import { timeText } from './time-text.ts'
import { visibleLines } from './visible-lines.ts'

const SUMMARY_COLUMNS = 90
const META_TEXTS_SHOWN = 3

/** How what somebody said is inked, by the role. */
export const ROLE_INKS: { readonly [role: string]: InkName } = {
  user: 'cyan',
  assistant: 'green',
  tool: 'yellow',
}

/** An entry for people: a line that says who and when, then what was said. */
export function entryText(entry: Entry, view: MessageView, ink: Ink): string[] {
  return [entryHeading(entry, view, ink), ...entryBody(entry, view, ink).map((line) => `      ${line}`)]
}

function entryHeading(entry: Entry, view: MessageView, ink: Ink): string {
  const facts = [
    ...(entry.at === null ? [] : [timeText(entry.at)]),
    ...(entry.provenance ? [placeText(entry.provenance)] : []),
  ].filter((fact) => fact !== '')
  return [
    ink.dim(String(entry.seq).padStart(4)),
    ink[ROLE_INKS[view.role ?? ''] ?? 'bold'](view.role ?? entry.kind),
    ...(entry.kind === 'delivery' ? [ink.bold(`[delivered from ${view.deliveredFrom ?? 'elsewhere'}]`)] : []),
    ...(view.toolCallId === null ? [] : [ink.dim(`answers ${view.toolCallId}`)]),
    ...(facts.length > 0 ? [ink.dim(facts.join('  '))] : []),
  ].join('  ')
}

function entryBody(entry: Entry, view: MessageView, ink: Ink): string[] {
  return [
    ...(view.text === '' ? [] : visibleLines(view.text)),
    ...view.parts.flatMap((part) => (part.type === 'other' ? [ink.dim(`(${partName(part.value)})`)] : [])),
    ...view.toolCalls.map(
      (call) =>
        `${ink.yellow('→')} ${ink.bold(call.name ?? '(no name)')} ${ink.dim(summary(call.arguments))}`,
    ),
    ...(entry.kind === 'session_meta' ? [ink.dim(metaText(entry.record))] : []),
  ]
}

/** One line that tells the most of an entry. */
export function entrySummary(
  entry: Pick<Entry, 'kind' | 'record'>,
  view: MessageView,
  columns: number,
): string {
  const calls = view.toolCalls.map(
    ({ name, arguments: given }) => `→ ${name ?? '(no name)'} ${summary(given)}`,
  )
  const said =
    entry.kind === 'session_meta'
      ? metaText(entry.record)
      : [view.text, ...calls].filter((text) => text !== '').join('  ')
  return truncate(visibleText(said.replaceAll(/\s*\n\s*/g, ' ⏎ ')), columns)
}

/** `line 3`, `row 7`, or `line 3, row 7`: where an imported entry was found. */
export function placeText({ line, row }: Pick<Provenance, 'line' | 'row'>): string {
  return [...(line === undefined ? [] : [`line ${line}`]), ...(row === undefined ? [] : [`row ${row}`])].join(
    ', ',
  )
}

/** Texts and the lengths of lists: enough to recognise a `session_meta`, whatever gateway wrote it. */
function metaText(record: string): string {
  const members = Object.entries(parseRecord(record)).filter(
    ([name]) => name !== 'role' && name !== 'timestamp',
  )
  const texts = members.flatMap(([name, value]) => (typeof value === 'string' ? [`${name} ${value}`] : []))
  const lists = members.flatMap(([name, value]) => (Array.isArray(value) ? [`${value.length} ${name}`] : []))
  const told = [...texts.slice(0, META_TEXTS_SHOWN), ...lists]
  return told.length > 0 ? told.join(', ') : `${plural(members.length, 'member')} without a value`
}

function partName(part: JsonValue): string {
  const type = typeof part === 'object' && part !== null && 'type' in part ? part['type'] : null
  return typeof type === 'string' ? type : 'not text'
}

function summary(value: JsonValue): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return truncate(visibleText(text), SUMMARY_COLUMNS)
}
