import { random } from './random.ts'

const next = random(7)
const words = Array.from({ length: 4000 }, () => 'abcdefghij klmno'[Math.floor(next() * 16)]).join('')

/** A chat record of about 40 to 3,200 characters, half of them below 400. */
export function madeRecord(i: number): string {
  const content = words.slice(0, Math.floor(40 + 160 / (next() + 0.05)))
  return JSON.stringify({
    role: i % 2 ? 'assistant' : 'user',
    content: `${i} ${content}`,
    timestamp: '2026-03-01T10:00:00',
  })
}

/** A record of about 100 characters, for millions of them. */
export function smallRecord(i: number): string {
  return JSON.stringify({
    role: i % 2 ? 'assistant' : 'user',
    content: `${i} ${words.slice(i % 3900, (i % 3900) + 60)}`,
  })
}
