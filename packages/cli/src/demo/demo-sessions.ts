import type { JsonObject } from '@faircopy/store-core'

/** A message of the sample home, and which side kept it. */
export type DemoMessage =
  /** As it should be. */
  | { readonly side: 'both'; readonly record: JsonObject }
  /** SQLite was locked longer than the gateway waited. */
  | { readonly side: 'file'; readonly record: JsonObject }
  /** The gateway was killed between its two writes. */
  | { readonly side: 'database'; readonly record: JsonObject }
  /** The power went while the file's last line was written. */
  | { readonly side: 'torn'; readonly record: JsonObject }
  /** Something that is no JSON found its way into the file. */
  | { readonly side: 'garbage'; readonly text: string }

/** A conversation of the sample home. */
export interface DemoSession {
  readonly id: string
  readonly title: string
  /** What is wrong with it, in a few words. */
  readonly story: string
  readonly origin: { readonly platform: string; readonly chat: string; readonly user: string }
  /** Epoch ms. */
  readonly startedAt: number
  readonly meta: { readonly model: string; readonly platform: string; readonly tools: readonly JsonObject[] }
  /** Whether the database has the flattened `session_meta`; it came with the first turn that SQLite saw. */
  readonly metaInDatabase: boolean
  readonly messages: readonly DemoMessage[]
}

type Side = 'both' | 'file' | 'database' | 'torn'

function user(side: Side, content: string): DemoMessage {
  return { side, record: { role: 'user', content } }
}

function assistant(side: Side, content: string): DemoMessage {
  return { side, record: { role: 'assistant', content, reasoning: null, finish_reason: 'stop' } }
}

function toolCall(side: Side, id: string, name: string, given: JsonObject): DemoMessage {
  const call = { id, call_id: id, type: 'function', function: { name, arguments: JSON.stringify(given) } }
  return {
    side,
    record: {
      role: 'assistant',
      content: '',
      reasoning: null,
      finish_reason: 'tool_calls',
      tool_calls: [call],
    },
  }
}

function toolResult(side: Side, id: string, name: string, content: string): DemoMessage {
  return { side, record: { role: 'tool', content, tool_call_id: id, tool_name: name } }
}

/** A message that another process delivered into the conversation; the marks are in the file alone. */
function delivered(source: string, content: string): DemoMessage {
  return { side: 'both', record: { role: 'assistant', content, mirror: true, mirror_source: source } }
}

function tool(name: string, description: string): JsonObject {
  return { type: 'function', function: { name, description, parameters: { type: 'object', properties: {} } } }
}

function meta(platform: string): DemoSession['meta'] {
  return {
    model: 'anthropic/claude-opus-4.6',
    platform,
    tools: [tool('weather', 'The weather at a place'), tool('reminder', 'Sets a reminder')],
  }
}

const noor = { platform: 'telegram', user: '7001' }
const emil = { platform: 'slack', user: 'U07EMIL' }

/** The sample home: nine conversations, each of which met one of the accidents that real homes show. */
export const DEMO_SESSIONS: readonly DemoSession[] = [
  {
    id: '20260221_173000_61e0b9aa',
    title: 'Bicycle repairs',
    story: 'from before the gateway had SQLite: a file alone',
    origin: { ...noor, chat: '7001-a' },
    startedAt: Date.UTC(2026, 1, 21, 17, 30),
    meta: meta('telegram'),
    metaInDatabase: false,
    messages: [
      user('file', 'My chain skips in the two smallest gears. What should I look at first?'),
      assistant(
        'file',
        'The derailleur hanger, then the cable tension. A worn sprocket skips under load only.',
      ),
      user('file', 'It is the cable. Thank you!'),
      assistant('file', 'Good find. A quarter turn of the barrel adjuster at a time.'),
    ],
  },
  {
    id: '20260228_200511_07ab55d3',
    title: 'The garden plan',
    story: 'older than SQLite: 12 messages in the file, 2 in the database',
    origin: { ...noor, chat: '7001-b' },
    startedAt: Date.UTC(2026, 1, 28, 20, 5),
    meta: meta('telegram'),
    metaInDatabase: false,
    messages: [
      user('file', 'I have a bed of 2 by 4 metres facing south. What grows there?'),
      assistant('file', 'Tomatoes along the back, beans on a trellis, lettuce in their shade.'),
      user('file', 'How many tomato plants?'),
      assistant('file', 'Six, at 60 centimetres.'),
      user('file', 'And when do I sow them?'),
      assistant('file', 'Indoors in the middle of March, outside after the last frost.'),
      user('file', 'ok'),
      assistant('file', 'I can remind you on the 15th.'),
      user('file', 'Please do.'),
      assistant('file', 'Done: a reminder for March 15th at nine.'),
      user('both', 'We are back after the restart. Do you still know my bed of tomatoes?'),
      assistant('both', 'Two by four metres, facing south, six plants along the back.'),
    ],
  },
  {
    id: '20260302_091502_3f6c1a20',
    title: 'A weekend in Lisbon',
    story: 'healthy; SQLite keeps session_meta without its payload',
    origin: { ...noor, chat: '7001-c' },
    startedAt: Date.UTC(2026, 2, 2, 9, 15),
    meta: meta('telegram'),
    metaInDatabase: true,
    messages: [
      user('both', 'Two days in Lisbon with my mother. She does not like stairs.'),
      assistant('both', 'Then Belém by tram, the Gulbenkian gardens, and dinner at the river.'),
      user('both', 'ok'),
      assistant('both', 'Shall I look at the opening hours?'),
      user('both', 'ok'),
      assistant('both', 'The Gulbenkian is open until six and closed on Tuesdays.'),
    ],
  },
  {
    id: '20260303_181040_b2d94e17',
    title: 'Sourdough, day two',
    story: 'a locked database, a killed gateway: holes on both sides',
    origin: { ...noor, chat: '7001-d' },
    startedAt: Date.UTC(2026, 2, 3, 18, 10),
    meta: meta('telegram'),
    metaInDatabase: true,
    messages: [
      user('both', 'How long should the dough rest at 21 °C?'),
      assistant('both', 'About five hours, until it has grown by half.'),
      user('file', 'It has only been three and it looks ready.'),
      assistant('file', 'Trust the dough. Poke it: if the dent fills slowly, shape it.'),
      user('both', 'How warm will my kitchen be tonight?'),
      toolCall('both', 'call_w1', 'weather', { place: 'Porto', hours: 12 }),
      toolResult('both', 'call_w1', 'weather', '{"low": 9, "high": 17}'),
      assistant('both', 'Nine degrees outside; by the window it will keep until morning.'),
      user('database', 'And if I forget it there until noon?'),
      assistant('database', 'Then it will taste sharper and still rise. Bake it cold.'),
      user('both', 'Baked! It sings.'),
      assistant('both', 'The crackle of a good crust. Let it cool for an hour.'),
    ],
  },
  {
    id: '20260304_070000_c81e9f42',
    title: 'Morning notes',
    story: 'a cron job delivers into it; SQLite misses the last turn',
    origin: { ...emil, chat: 'D04EMIL' },
    startedAt: Date.UTC(2026, 2, 4, 7),
    meta: meta('slack'),
    metaInDatabase: true,
    messages: [
      user('both', 'Send me the build report here every morning.'),
      assistant('both', 'Every morning at seven, into this chat.'),
      delivered('cron', 'Build report: 212 passed, none failed.'),
      delivered('cron', 'Build report: 212 passed, none failed.'),
      user('file', 'Twice the same? Was that two mornings?'),
      assistant('file', 'Two mornings, and both were green.'),
    ],
  },
  {
    id: '20260305_122233_5d90e6b8',
    title: 'Train to Ghent',
    story: 'the power goes during a write: the last line is torn',
    origin: { ...noor, chat: '7001-e' },
    startedAt: Date.UTC(2026, 2, 5, 12, 22),
    meta: meta('telegram'),
    metaInDatabase: true,
    messages: [
      user('both', 'Which train gets me to Ghent before ten?'),
      assistant('both', 'The 8:24 from Antwerp Central, on platform 22.'),
      user('both', 'And back after the concert?'),
      assistant(
        'torn',
        'The last one leaves at 23:38; the one before is half an hour earlier. Café at the station is open late.',
      ),
    ],
  },
  {
    id: '20260306_214455_e47c20f1',
    title: 'Naming the cat',
    story: 'two divergent tails: each side goes on alone',
    origin: { ...emil, chat: 'D05EMIL' },
    startedAt: Date.UTC(2026, 2, 6, 21, 44),
    meta: meta('slack'),
    metaInDatabase: true,
    messages: [
      user('both', 'We need a name for a grey cat who sleeps in the bookcase.'),
      assistant('both', 'Folio, Quire, or Octavo?'),
      user('file', 'Quire! She came when I said it.'),
      assistant('file', 'Then it is settled: Quire.'),
      user('database', 'My daughter prefers Folio.'),
      assistant('database', 'Folio suits her too, and is easier to call.'),
    ],
  },
  {
    id: '20260307_080910_9a3b7c64',
    title: 'Reading list',
    story: 'a log line strayed into the middle of the file',
    origin: { ...noor, chat: '7001-f' },
    startedAt: Date.UTC(2026, 2, 7, 8, 9),
    meta: meta('telegram'),
    metaInDatabase: true,
    messages: [
      user('both', 'Something short to read on the ferry?'),
      assistant('both', 'A novella: The Summer Book. It is set on an island, too.'),
      { side: 'garbage', text: 'WARNING asyncio: Unclosed client session' },
      user('both', 'Finished it. Another one?'),
      assistant('both', 'Train Dreams. Under two hours, and you will think of it for years.'),
    ],
  },
  {
    id: '20260308_101112_d06f8e',
    title: 'Rename the photos',
    story: 'a session of the command line: in SQLite alone',
    origin: { platform: 'cli', chat: '', user: 'noor' },
    startedAt: Date.UTC(2026, 2, 8, 10, 11),
    meta: meta('cli'),
    metaInDatabase: false,
    messages: [
      user('database', 'Rename the photos in this folder by the day they were taken.'),
      assistant('database', 'Renamed 48 photos; two have no date and kept their names.'),
    ],
  },
]
