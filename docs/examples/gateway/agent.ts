import type { OpenAiView } from '@faircopy/gateway'
import type { JsonObject } from '@faircopy/store-core'

/** Whatever answers. Its messages are the records of the transcript. */
export interface Agent {
  /**
   * What comes next in a turn of which `said` is there already: a call, a result, an answer; null once it is answered.
   * `view` is what the model is shown.
   */
  next(said: readonly JsonObject[], view: () => Promise<OpenAiView>): Promise<JsonObject | null>
  /** A message that stands for all of these. */
  summarise(view: OpenAiView): Promise<JsonObject>
}
