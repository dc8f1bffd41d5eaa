// Tells on stderr, when the process ends, what modules it loaded.
import { registerHooks } from 'node:module'

const loaded: string[] = []
registerHooks({
  load(url, context, nextLoad) {
    loaded.push(url)
    return nextLoad(url, context)
  },
})
process.on('exit', () => console.error(loaded.join('\n')))
