/** Stands where a person's message has nothing that can be shown. */
export const EMPTY_MESSAGE = '[empty message]'

/** Stands where a call has no result. */
export const NO_RESULT = '[No result was recorded for this call]'

/** Stands in front where a provider wants a user's message first. */
export const CONVERSATION_GOES_ON = '[The conversation goes on]'

/** Stands where a provider wants an assistant's message between a tool's result and a user's message. */
export const NO_ANSWER = '[No answer was recorded]'
