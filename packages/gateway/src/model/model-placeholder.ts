/** What a compaction's summary begins with. */
export const SUMMARY_LABEL = '[Summary of the conversation so far]\n'

/** What an image or a file begins with that is shown behind the tool exchange that it is from. */
export const FROM_A_TOOL = '[From the result of a tool call]'

/** Stands where a person's message has nothing that can be shown. */
export const EMPTY_MESSAGE = '[empty message]'

/** Stands where a call has no result. */
export const NO_RESULT = '[No result was recorded for this call]'

/** Stands in front where a provider wants a user's message first. */
export const CONVERSATION_GOES_ON = '[The conversation goes on]'

/** Stands where a provider wants an assistant's message between a tool's result and a user's message. */
export const NO_ANSWER = '[No answer was recorded]'
