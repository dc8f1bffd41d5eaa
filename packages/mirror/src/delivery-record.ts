import { type JsonObject, parseRecord, recordText } from '@faircopy/store-core'
import type { Delivery } from './delivery.ts'

/**
 * The record that is stored for a delivery: an assistant's message with the marks that say so, for the role stays what
 * it was and a reader decides how to show it. A record that is given keeps its exact text; marks that it lacks are
 * added before its closing brace. Fails with `InvalidRecord`.
 */
export function deliveryRecord(delivery: Delivery): string {
  const marks = { mirror: true, mirror_source: delivery.deliveredFrom }
  const { text: words, record } = delivery as {
    readonly text?: string
    readonly record?: string | JsonObject
  }
  if (typeof words === 'string') return recordText({ role: 'assistant', content: words, ...marks })
  const text = recordText(record ?? '')
  const given = parseRecord(text)
  const missing = Object.entries(marks).filter(([name]) => !Object.hasOwn(given, name))
  if (missing.length === 0) return text
  const end = text.lastIndexOf('}')
  const separator = isEmpty(given) ? '' : ','
  const members = missing.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  return text.slice(0, end) + separator + members.join(',') + text.slice(end)
}

function isEmpty(record: JsonObject): boolean {
  return Object.keys(record).length === 0
}
