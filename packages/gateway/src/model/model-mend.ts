/**
 * What was done to an entry so that a provider accepts it; nothing that is stored was touched.
 *
 * - `arguments-wrapped`: a call's arguments are no JSON object; they stand as they are under `arguments`.
 * - `blank-left-out`: a text of nothing but white space was left out beside other content.
 * - `bridged`: an assistant's turn was put in front of what the person said after a tool's result.
 * - `call-renamed`: the id of a call, and of its result, was missing, refused or used before.
 * - `call-unanswered`: no result was found; a stated one stands in its place.
 * - `calls-left-out`: tool calls of something other than an assistant's message were left out.
 * - `content-as-text`: content of an unknown type stands as its JSON.
 * - `content-left-out`: an image, a sound or a file that can't stand there is named in brackets.
 * - `content-moved`: an image or a file of a tool's result stands in a message of its own behind it.
 * - `delivery-moved`: a delivery stands behind the tool exchange, or in front of the open turn, that it came into.
 * - `empty-filled`: a person's message without content is named in brackets.
 * - `empty-left-out`: a message without content was left out.
 * - `end-trimmed`: white space at the very end of the last assistant's message was left out.
 * - `number-as-text`: a number in a call's arguments that no double holds stands as text.
 * - `opened`: a user's message was put in front, for the first must be one.
 * - `result-matched`: a result that names no call was given to the one that waited for it.
 * - `result-moved`: a result stands with its call; something had been said in between.
 * - `result-orphaned`: a result whose call is not there was left out.
 * - `result-repeated`: a second result of a call was left out.
 * - `role-left-out`: a message of a role that no provider knows was left out.
 * - `speaker-left-out`, `speaker-renamed`: the `name` of who speaks was left out, or is written otherwise.
 * - `system-moved`: a system message from within the conversation stands with the others in front.
 * - `text-repaired`: an unpaired surrogate is shown as U+FFFD.
 * - `tool-renamed`: a tool's name is written with what the provider allows.
 */
export type ModelMendCode =
  | 'arguments-wrapped'
  | 'blank-left-out'
  | 'bridged'
  | 'call-renamed'
  | 'call-unanswered'
  | 'calls-left-out'
  | 'content-as-text'
  | 'content-left-out'
  | 'content-moved'
  | 'delivery-moved'
  | 'empty-filled'
  | 'empty-left-out'
  | 'end-trimmed'
  | 'number-as-text'
  | 'opened'
  | 'result-matched'
  | 'result-moved'
  | 'result-orphaned'
  | 'result-repeated'
  | 'role-left-out'
  | 'speaker-left-out'
  | 'speaker-renamed'
  | 'system-moved'
  | 'text-repaired'
  | 'tool-renamed'

/** One mend. It names the entry and holds no word of it. */
export interface ModelMend {
  readonly code: ModelMendCode
  readonly entryId: number
}
