export { turnKey } from './turn-key.ts'
