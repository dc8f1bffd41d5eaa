export { type HermesHomeOptions, openHermesHome } from './hermes-home.ts'
export { isHermesHome } from './is-hermes-home.ts'
