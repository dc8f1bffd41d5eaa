import { storeConformance } from '@faircopy/conformance'
import { describe, it } from 'vitest'
import { laterSubject } from './later-subject.ts'

const seed = Number(process.env['FC_SEED'])

storeConformance({ describe, it }, laterSubject(seed, 0))
storeConformance({ describe, it }, laterSubject(seed, 3))
