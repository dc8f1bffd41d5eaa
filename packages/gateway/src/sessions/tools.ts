import {
  DEFAULT_NAMESPACE,
  InvalidArgument,
  NoSession,
  type Origin,
  type Session,
  type SessionAddress,
  type SessionRef,
} from '@faircopy/store-core'
import { checkArgument, checkSession, originSchema } from '@faircopy/store-core/arguments'
import { gatewayOptions } from '../calls/arguments.ts'
import type { GatewayOptions } from '../calls/gateway-options.ts'
import { checkResetPolicy } from '../resets/reset-policy.ts'

/** What a gateway's parts work with: its options with the gaps filled. */
export type Tools = Required<Omit<GatewayOptions, 'isBusy'>> & Pick<GatewayOptions, 'isBusy'>

/** Fills the gaps of a gateway's options. Fails with `InvalidArgument`. */
export function toolsOf(given: GatewayOptions): Tools {
  const options = checkArgument(gatewayOptions, given, 'options')
  const { reset = {} } = options
  checkResetPolicy(reset)
  return {
    namespace: DEFAULT_NAMESPACE,
    keys: {},
    clock: Date.now,
    newId: () => crypto.randomUUID(),
    writer: 'gateway',
    codecs: [],
    ...options,
    reset,
  }
}

/** The checked origin. Fails with `InvalidArgument`. */
export function checkOrigin(origin: Origin): Origin {
  return checkArgument(originSchema, origin, 'origin')
}

/** The checked address of a session of the gateway's namespace: a plain id is one of it. Fails with `InvalidArgument`. */
export function addressIn(namespace: string, session: SessionRef): Required<SessionAddress> {
  const address = checkSession(
    typeof session === 'string' ? { namespace, id: session } : { namespace, ...session },
  )
  if (address.namespace !== namespace) throw new InvalidArgument('session: it is of another namespace')
  return address
}

/** The session. Fails with `NoSession`. */
export async function existing(
  { store }: Pick<Tools, 'store'>,
  address: Required<SessionAddress>,
): Promise<Session> {
  const session = await store.get(address)
  if (!session) throw new NoSession(address)
  return session
}
