import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2] ?? ''
const began = performance.now()
let members = 0
for (const name of readdirSync(folder)) {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(join(folder, name), { highWaterMark: 1 << 18 })) {
    const bytes: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk as Buffer]) : (chunk as Buffer)
    let from = 0
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, from)) {
      members += Object.keys(JSON.parse(bytes.toString('utf8', from, end)) as object).length
      from = end + 1
    }
    rest = bytes.subarray(from)
  }
}
console.log(
  JSON.stringify({
    seconds: (performance.now() - began) / 1000,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    members,
  }),
)
