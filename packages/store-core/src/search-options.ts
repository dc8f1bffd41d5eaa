import { z } from 'zod'
import { sessionAddressSchema } from './schemas.ts'
import type { SearchOptions } from './search.ts'

const name: z.ZodType<string> = z
  .string()
  .refine((id) => sessionAddressSchema.safeParse({ namespace: id, id }).success)

/** See {@link SearchOptions}. */
export const searchOptionsSchema: z.ZodType<SearchOptions> = z.strictObject({
  namespace: name.exactOptional(),
  session: name.exactOptional(),
  limit: z.number().int().min(1).max(1000).exactOptional(),
  order: z.enum(['newest', 'best']).exactOptional(),
  budget: z.number().min(0).max(Number.MAX_SAFE_INTEGER).exactOptional(),
})
