import type { FormatAdapter } from './format-adapter.ts'
import { hermesJsonl } from './hermes-jsonl.ts'
import { openaiChatJsonl } from './openai-chat-jsonl.ts'
import type { StampOptions } from './stamp-options.ts'

/**
 * The built-in adapters, in the order in which they are asked whether they recognise a file. Fails with
 * `InvalidArgument` for a time zone that is not known.
 */
export function jsonlAdapters(options: StampOptions = {}): readonly FormatAdapter[] {
  return [hermesJsonl(options), openaiChatJsonl(options)]
}
