import { createMirror, type MirrorOutcome } from '@faircopy/mirror'
import type { AppenderSource, SearchResult, TranscriptSearch } from '@faircopy/store-core'
import { DEMO_SESSIONS } from './demo-sessions.ts'

const TITLE = 'Sourdough, day two'
const WORD = 'loaf'

/** What became of a delivery into a session of the sample home. */
export interface DemoDelivery {
  /** What it is looked for by. */
  readonly word: string
  readonly first: MirrorOutcome
  /** The same delivery, recorded again. */
  readonly again: MirrorOutcome
  readonly found: SearchResult
}

/** Records a delivery through a mirror that can write nothing else, as a gateway's scheduler would, and looks for it. */
export async function deliverInDemo(store: AppenderSource & TranscriptSearch): Promise<DemoDelivery> {
  const session = DEMO_SESSIONS.find(({ title }) => title === TITLE)
  if (!session) throw new Error(`the sample home has no session "${TITLE}"`)
  const { platform, chat, user } = session.origin
  const mirror = createMirror({ store: store.appender({ writer: 'mirror', kinds: ['delivery'] }) })
  const record = (): Promise<MirrorOutcome> =>
    mirror.record({
      deliveryId: 'kitchen-timer-1',
      target: { origin: { platform, chat, user } },
      text: 'The loaf has cooled. You may cut it.',
      deliveredFrom: 'cron',
      at: session.startedAt + 18 * 3_600_000,
    })
  const [first, again] = [await record(), await record()]
  return { word: WORD, first, again, found: await store.search(WORD) }
}
