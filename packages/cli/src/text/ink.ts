import { styleText } from 'node:util'
import { visibleText } from '@faircopy/store-core/visible-text'

/** How a piece of human output may look. */
export type InkName = 'plain' | 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan'

/**
 * Everything dynamic that people are shown goes through one of these: it is escaped first, then coloured where the
 * stream is a terminal and `NO_COLOR` does not forbid it.
 */
export type Ink = { readonly [N in InkName]: (text: string | number) => string }

/** The inks for a stream. */
export function inkFor(stream: NodeJS.WritableStream): Ink {
  const colour = (name: Exclude<InkName, 'plain'>) => (text: string | number) =>
    styleText(name, visibleText(String(text)), { stream })
  return {
    plain: (text) => visibleText(String(text)),
    bold: colour('bold'),
    dim: colour('dim'),
    green: colour('green'),
    yellow: colour('yellow'),
    red: colour('red'),
    cyan: colour('cyan'),
  }
}
