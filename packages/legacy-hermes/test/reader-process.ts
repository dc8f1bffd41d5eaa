// Opens a home and keeps it open; answers with the number of its sessions, or why it could not be opened.
import { createInterface } from 'node:readline'
import { openHermesHome } from '@faircopy/legacy-hermes'

try {
  const home = await openHermesHome(process.argv[2] ?? '')
  console.log((await Array.fromAsync(home.sessions())).length)
} catch (error) {
  console.log((error as Error).message)
}
for await (const _ of createInterface({ input: process.stdin }));
