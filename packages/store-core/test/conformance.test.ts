import { storeConformance } from '@faircopy/store-core/conformance'
import { describe, it } from 'vitest'
import { memorySubject } from './memory-subject.ts'

storeConformance({ describe, it }, memorySubject())
