import { parentPort, workerData } from 'node:worker_threads'
import { openLayout } from './layouts.ts'

const layout = openLayout(String(workerData), 'thread')

parentPort?.on('message', ([session, record]: [number, string]) => {
  layout.append(session, record)
  parentPort?.postMessage(null)
})
