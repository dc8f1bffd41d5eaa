// The contract under Node's own test runner: `node --test`.
import { describe, it } from 'node:test'
import { storeConformance } from '@faircopy/conformance'
import { memorySubject } from '../memory-subject.ts'

storeConformance({ describe, it }, memorySubject())
