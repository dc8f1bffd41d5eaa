import { join } from 'node:path'
import { openHermesHome } from '@faircopy/legacy-hermes'
import type { ImportReport } from '@faircopy/legacy-jsonl'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'
import type { Context } from '../context/context.ts'
import { deliverInDemo } from '../demo/demo-delivery.ts'
import { buildDemoHome } from '../demo/demo-home.ts'
import { demoStory } from '../demo/demo-story.ts'
import { folderDigest } from '../files/folder-digest.ts'
import { withTemporaryFolder } from '../files/temporary-folder.ts'
import { writeLines } from '../files/text-sink.ts'
import { ExitCode } from '../process/exit-code.ts'
import { importReportJson } from '../reports/import-report-json.ts'
import { importSources } from '../sources/import-sources.ts'

/** `faircopy demo`: imports a sample home into a temporary store and tells what came of it. */
export async function runDemo(context: Context): Promise<ExitCode> {
  await withTemporaryFolder('faircopy-demo-', async (folder) => {
    const home = join(folder, 'home')
    await buildDemoHome(home)
    const store = await openSqliteStore({ path: join(folder, 'faircopy.db') })
    try {
      const before = await folderDigest(home)
      const first = await importHome(context, home, store)
      const second = await importHome(context, home, store)
      const after = await folderDigest(home)
      if (context.json) await writeLines(context.out, [importReportJson(first, {})])
      else {
        const story = demoStory(context.ink, {
          home,
          store,
          before,
          after,
          first,
          second,
          deliver: () => deliverInDemo(store),
        })
        for await (const line of story) await writeLines(context.out, [line])
      }
    } finally {
      await store.close()
    }
  })
  return ExitCode.done
}

async function importHome(context: Context, home: string, store: SqliteStore): Promise<ImportReport> {
  const source = await openHermesHome(home)
  try {
    return await importSources(context, [source], store)
  } finally {
    await source.close()
  }
}
