import { z } from 'zod'
import { argument } from './argument.ts'
import type { SearchOptions } from './search.ts'

/** See {@link SearchOptions}. */
export const searchOptionsSchema: z.ZodType<SearchOptions> = argument.members<SearchOptions>({
  namespace: argument.name('A namespace').exactOptional(),
  session: argument.name('A session id').exactOptional(),
  limit: z.number().int().min(1).max(1000).exactOptional(),
  order: z.enum(['newest', 'best']).exactOptional(),
  budget: z.number().min(0).max(Number.MAX_SAFE_INTEGER).exactOptional(),
})
