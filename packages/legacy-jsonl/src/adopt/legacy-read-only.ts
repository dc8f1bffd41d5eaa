import { type Capability, StoreError } from '@faircopy/store-core'
import { CAPABILITY_METHODS, refusal } from '@faircopy/store-core/backend'

/** A legacy source was asked to write. */
export class LegacyReadOnly extends StoreError {
  constructor(path: string) {
    super('READ_ONLY', `${path} is a legacy source: it is read, and never written.`, {
      advice: 'Open the canonical store to write; nothing of the call was stored.',
    })
  }
}

const WRITING: readonly Capability[] = [
  'append',
  'append-to-origin',
  'narrow-appender',
  'create',
  'update',
  'replace',
  'fork',
  'import',
  'remove',
]
const READ_OF_THEM: ReadonlySet<string> = new Set(['ledgerNote', 'ledger', 'quarantined', 'imports'])
const REFUSED: ReadonlySet<PropertyKey> = new Set(
  ['route', ...WRITING.flatMap((capability) => CAPABILITY_METHODS[capability])].filter(
    (name) => !READ_OF_THEM.has(name),
  ),
)

/**
 * The reader, refusing by name whatever would write: for callers whose types were lost on the way. The methods are not
 * there (`'append' in reader` is false); calling one rejects with {@link LegacyReadOnly}.
 */
export function refusingWrites<R extends object>(reader: R, path: string): R {
  const refuse = refusal(async (): Promise<never> => {
    throw new LegacyReadOnly(path)
  })
  const refuseAtOnce = refusal((): never => {
    throw new LegacyReadOnly(path)
  })
  return new Proxy(reader, {
    get(target, name) {
      if (name in target || !REFUSED.has(name)) return Reflect.get(target, name)
      return name === 'appender' ? refuseAtOnce : refuse
    },
  })
}
