/** Any JSON value, parsed. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject

/** A parsed JSON object. Parsing loses what only the exact text keeps (S12): compare texts, not these. */
export interface JsonObject {
  readonly [member: string]: JsonValue
}

/** Whether a parsed value is a JSON object: neither null, an array nor a scalar. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
