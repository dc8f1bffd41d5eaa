import { turnKey } from './turn-key.ts'

/** A turn, as the keys of its entries name it: the key of the first with its place left open. */
export interface TurnName {
  readonly form: string
  /** The turn's own key, or its digest. */
  readonly name: string
}

const KEY = /^(turn|turn-sha256):(\d+):([\s\S]+)$/

/** The name of a turn by its own key. */
export function turnNamed(turn: string): TurnName {
  return turnOfKey(turnKey(turn, 0)) as TurnName
}

/** Which turn an entry's key belongs to, and at which place; null for any other key. */
export function turnOfKey(key: string | null): (TurnName & { readonly index: number }) | null {
  const [, form, index, name] = KEY.exec(key ?? '') ?? []
  return form && name ? { form, name, index: Number(index) } : null
}

/** The key of the entry at a place of a turn. */
export function keyAt({ form, name }: TurnName, index: number): string {
  return `${form}:${index}:${name}`
}

/** The key of the entry that says how a turn ended. */
export function endKey({ form, name }: TurnName): string {
  return `${form}:end:${name}`
}

/** The same turn. */
export function isSameTurn(a: TurnName, b: TurnName): boolean {
  return a.form === b.form && a.name === b.name
}
