// Fills a store, leaves work behind in it, or goes on in it, and is killed in the end so that its log stays.
import { fill, goOn, leaveAtWork } from '../full-store.ts'

const [path = '', what] = process.argv.slice(2)
if (what === 'fill') await fill(path)
if (what === 'leave') await leaveAtWork(path)
if (what === 'go-on') await goOn(path)
process.kill(process.pid, 'SIGKILL')
