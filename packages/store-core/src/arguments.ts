/** For a package that stands on a store: what it checks the arguments of its own calls with, as a store does (S3). */
export { type ArgumentSchema, argument } from './argument.ts'
export {
  appendOptionsSchema,
  checkArgument,
  checkSession,
  isOriginTarget,
  listPageOptionsSchema,
  newEntrySchema,
  newSessionSchema,
  originSchema,
  pageOptionsSchema,
  readOptionsSchema,
  recordLimitsSchema,
  recordSchema,
  sessionAddressSchema,
  storePolicySchema,
} from './schemas.ts'
