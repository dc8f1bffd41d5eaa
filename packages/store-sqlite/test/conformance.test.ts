import { storeConformance } from '@faircopy/store-core/conformance'
import { describe, it } from 'vitest'
import { sqliteSubject } from './sqlite-subject.ts'

storeConformance({ describe, it }, sqliteSubject())
