import { storeConformance } from '@faircopy/conformance'
import { describe, it } from 'vitest'
import { sqliteSubject } from './sqlite-subject.ts'

storeConformance({ describe, it }, sqliteSubject())
