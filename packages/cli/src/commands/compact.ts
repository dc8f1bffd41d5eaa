import type { Context } from '../context/context.ts'
import { writeLines } from '../files/text-sink.ts'
import { ExitCode } from '../process/exit-code.ts'
import { withExisting } from '../store/open-store.ts'
import { bytesText } from '../text/bytes-text.ts'
import { shortPath } from '../text/short-path.ts'

/** `faircopy compact`: gives what is free inside the file back to the disk. */
export async function runCompact(context: Context): Promise<ExitCode> {
  const { out, ink, json, databasePath: path } = context
  const { bytesBefore, bytesAfter } = await withExisting(context, (store) => store.compact())
  if (json) await writeLines(out, [JSON.stringify({ path, bytesBefore, bytesAfter }, null, 2)])
  else {
    const change =
      bytesAfter < bytesBefore
        ? `${bytesText(bytesBefore)} before, ${ink.green(bytesText(bytesAfter))} now`
        : `${bytesText(bytesAfter)}: nothing in it could be given back`
    await writeLines(out, [`${ink.bold(shortPath(path))}  ${change}`])
  }
  return ExitCode.done
}
