export { type HomeSize, type MadeHome, makeHome } from './make-home.ts'
export { random } from './random.ts'
