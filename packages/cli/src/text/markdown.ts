import type { ProjectedEntry, Session } from '@faircopy/store-core'
import { visibleText } from '@faircopy/store-core/visible-text'
import { originText } from './origin-text.ts'
import { sessionName } from './session-name.ts'
import { timeText } from './time-text.ts'
import { visibleLines } from './visible-lines.ts'

/** The head of a session's document. */
export function markdownHead(session: Session): string {
  const facts = [
    `Session ${codeSpan(sessionName(session))}`,
    ...(session.origin ? [`from ${markdownLine(originText(session.origin))}`] : []),
    ...(session.startedAt === null ? [] : [`since ${timeText(session.startedAt)}`]),
  ]
  return `# ${markdownLine(session.title ?? session.id)}\n\n${facts.join(', ')}\n`
}

/** One entry: who and when as a heading, then what was said; tool calls and what tools answered stand in code blocks. */
export function markdownEntry({ entry, view }: ProjectedEntry): string {
  const heading = [
    markdownLine(view.role ?? entry.kind),
    ...(entry.kind === 'delivery'
      ? [`delivered from ${markdownLine(view.deliveredFrom ?? 'elsewhere')}`]
      : []),
    ...(view.toolCallId === null ? [] : [`answers ${codeSpan(view.toolCallId)}`]),
    ...(entry.at === null ? [] : [timeText(entry.at)]),
  ].join(' · ')
  const said = view.role === 'tool' ? codeBlock(view.text) : markdownText(view.text)
  const others = view.parts.filter(({ type }) => type === 'other').length
  const blocks = [
    ...(view.text === '' ? [] : [said]),
    ...(others > 0
      ? [`*${others} ${others === 1 ? 'part' : 'parts'} that ${others === 1 ? 'is' : 'are'} not text*`]
      : []),
    ...view.toolCalls.map((call) => {
      const given = typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments)
      return `Calls ${codeSpan(call.name ?? '(no name)')}:\n\n${codeBlock(given)}`
    }),
  ]
  return `\n## ${heading}\n${blocks.map((block) => `\n${block}\n`).join('')}`
}

/**
 * Text that any CommonMark or GFM reader shows as it is: no markup, no HTML, no image that is fetched, and no address
 * that is made a link. Line breaks and leading spaces are kept; several blank lines are one.
 */
function markdownText(text: string): string {
  const paragraphs: string[][] = [[]]
  for (const line of visibleLines(text)) {
    if (line.trim() !== '') paragraphs.at(-1)?.push(escapeMarkup(line))
    else if (paragraphs.at(-1)?.length) paragraphs.push([])
  }
  return paragraphs
    .map((lines) => lines.join('\\\n'))
    .join('\n\n')
    .trimEnd()
}

function markdownLine(text: string): string {
  return escapeMarkup(visibleText(text))
}

function escapeMarkup(line: string): string {
  return (
    line
      .replace(/[\\`*_[\]<>~|$#@]/g, '\\$&')
      // What GFM makes a link without any markup.
      .replace(/\b(https?|ftp|mailto|xmpp|irc):/gi, '$1\\:')
      .replace(/\bwww\./gi, (www) => `${www.slice(0, 3)}\\.`)
      .replaceAll('&', '&amp;')
      .replace(/^ +/, (spaces) => '&nbsp;'.repeat(spaces.length))
      // The last is one of a table of one column.
      .replace(/^[+=:-]/, '\\$&')
      .replace(/^(\d+)([.)])/, '$1\\$2')
  )
}

function codeSpan(text: string): string {
  const shown = visibleText(text)
  const fence = '`'.repeat(longestRun(shown) + 1)
  const gap = shown === '' || /^[` ]|[` ]$/.test(shown) ? ' ' : ''
  return `${fence}${gap}${shown}${gap}${fence}`
}

function codeBlock(text: string): string {
  const lines = visibleLines(text)
  const fence = '`'.repeat(Math.max(3, longestRun(lines.join('\n')) + 1))
  return [fence, ...lines, fence].join('\n')
}

function longestRun(text: string): number {
  let longest = 0
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length)
  return longest
}
