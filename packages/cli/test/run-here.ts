import { PassThrough } from 'node:stream'
import { type Io, run } from 'faircopy'

/** Runs the command line in this process. */
export async function runHere(
  args: readonly string[],
  io: Partial<Io> = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const [out, err] = [collect(stdout), collect(stderr)]
  const code = await run(args, { stdout, stderr, env: {}, signal: new AbortController().signal, ...io })
  stdout.end()
  stderr.end()
  return { code, stdout: await out, stderr: await err }
}

async function collect(stream: PassThrough): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
