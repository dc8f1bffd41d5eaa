/** How the files of agents that are not read yet are named, and where they lie. */
const FILES: readonly (readonly [path: RegExp, agent: string])[] = [
  [/\/agents\/[^/]+\/(?:sessions\/[^/]+\.jsonl(?:$|\.)|agent\/openclaw-agent\.sqlite$)/, 'OpenClaw'],
  [/\/sessions\/--[^/]+--\/[^/]+\.jsonl$/, 'pi'],
  [
    /\/projects\/[^/]+\/(?:.+\/)?(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|agent-[^/]+)\.jsonl$/,
    'Claude Code',
  ],
  [/\/rollout-\d{4}-\d\d-\d\dT[^/]+\.jsonl(?:\.zst)?$/, 'Codex'],
  [/\/chats\/session-[^/]+\.jsonl?$/, 'Gemini CLI'],
  [/\/storage\/(?:session|message|part)\/.+\.json$|\/opencode\.db$/, 'opencode'],
  [/\/crush\.db$/, 'Crush'],
  [/\/goose\/(?:sessions\/)?sessions\.db$|\/goose\/sessions\/[^/]+\.jsonl$/, 'Goose'],
  [/\/api_conversation_history\.json$/, 'Cline or Roo Code'],
  [/\/conversations\.json$/, 'ChatGPT'],
]

/** How their homes are named. */
const HOMES: { readonly [name: string]: string } = {
  '.openclaw': 'OpenClaw',
  '.clawdbot': 'OpenClaw',
  '.pi': 'pi',
  '.claude': 'Claude Code',
  '.codex': 'Codex',
  '.gemini': 'Gemini CLI',
  '.crush': 'Crush',
}

/** Whose transcript a file is by its path, among the agents that are not read yet; null where that can't be said. */
export function agentOfFile(path: string): string | null {
  const plain = path.replaceAll('\\', '/')
  return FILES.find(([pattern]) => pattern.test(plain))?.[1] ?? null
}

/** Whose home a folder is by its name, among the agents that are not read yet. */
export function agentOfHome(name: string): string | null {
  return HOMES[name] ?? null
}
