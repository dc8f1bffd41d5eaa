import { storeConformance } from '@faircopy/conformance'
import { describe, it } from 'vitest'
import { subject } from './subject.ts'

storeConformance({ describe, it }, subject)
