import type { StoreWith } from '@faircopy/store-core'

/** What a gateway asks of a store. */
export type GatewayStore = StoreWith<'read' | 'history' | 'append-to-origin' | 'replace' | 'routes' | 'open'>
