export { openHermesHome } from './hermes-home.ts'
export type { HermesHomeOptions } from './hermes-home-options.ts'
export { hermesHomeOfPart, isHermesHome } from './is-hermes-home.ts'
