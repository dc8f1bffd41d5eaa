import { DEFAULT_NAMESPACE, type Session } from '@faircopy/store-core'
import { visibleText } from '@faircopy/store-core/visible-text'
import type { Context } from '../context/context.ts'
import { writeLines } from '../files/text-sink.ts'
import { ExitCode } from '../process/exit-code.ts'
import { withReader } from '../store/open-store.ts'
import { StoreHarm } from '../store/store-harm.ts'
import { truncate } from '../text/display-width.ts'
import { originText } from '../text/origin-text.ts'
import { type Cell, table } from '../text/table.ts'
import { timeText } from '../text/time-text.ts'

const PAGE = 500
const TITLE_COLUMNS = 40

/** `faircopy list`: a line for each session. */
export async function runList(context: Context): Promise<ExitCode> {
  return withReader(context, async (store) => {
    const { out, namespace } = context
    if (context.json) await out.write('{"sessions":[')
    const harm = new StoreHarm(context.databasePath)
    let cursor: string | undefined
    let first = true
    while (!out.closed) {
      context.signal.throwIfAborted()
      const page = await store.list({
        limit: PAGE,
        ...(namespace === undefined ? {} : { namespace }),
        ...(cursor === undefined ? {} : { cursor }),
      })
      if (context.json) {
        for (const session of page.sessions) {
          await out.write(`${first ? '\n' : ',\n'}${JSON.stringify(session)}`)
          first = false
        }
      } else await writeLines(out, sessionLines(context, page.sessions))
      harm.name(page.damaged)
      if (page.next === null) break
      cursor = page.next
    }
    if (context.json) await out.write('\n]}\n')
    harm.tell()
    return ExitCode.done
  })
}

function sessionLines({ ink }: Context, sessions: readonly Session[]): string[] {
  const rows = sessions.map((session): Cell[] => [
    session.namespace === DEFAULT_NAMESPACE ? '' : session.namespace,
    [session.id, 'bold'],
    originText(session.origin),
    truncate(visibleText(session.title ?? ''), TITLE_COLUMNS),
    session.entryCount.toLocaleString('en'),
    [timeText(session.updatedAt), 'dim'],
  ])
  const columns = ['left', 'left', 'left', 'left', 'right', 'left'] as const
  return table(
    ink,
    columns.map((align) => ({ heading: '', align })),
    rows,
  )
}
