import { isMainThread, Worker } from 'node:worker_threads'

// Has a thread at work in the database that never comes back, and sends this process SIGINT once it is.
const forever = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n'
const source = `
  const { parentPort, workerData } = require('node:worker_threads')
  const database = require(workerData.driver)(':memory:')
  parentPort.postMessage('begins')
  database.prepare(workerData.forever).get()
`
if (isMainThread) {
  const driver = import.meta.resolve('better-sqlite3').replace('file://', '')
  const worker = new Worker(source, { eval: true, execArgv: [], workerData: { driver, forever } })
  worker.once('message', () => process.kill(process.pid, 'SIGINT'))
}
