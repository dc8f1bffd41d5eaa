/** What `--format` of a source may be. Told here, so that a command's help needs no adapter to be loaded. */
export const FORMAT_NAMES = ['auto', 'hermes', 'hermes-jsonl', 'openai-chat'] as const
