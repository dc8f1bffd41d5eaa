import { copyStore, makeFull, makeLogged } from './flipping.ts'

makeFull('/tmp/f/full.db')
copyStore('/tmp/f/full.db', '/tmp/f/log.db')
makeLogged('/tmp/f/log.db')
