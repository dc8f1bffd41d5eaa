import type { GenerationInfo, Session } from '@faircopy/store-core'

/**
 * The generations that a session had and has no more: pruned, or made by an import that was undone. They are numbered
 * from 1, without a gap.
 */
export function goneGenerations(
  { generation: last }: Pick<Session, 'generation'>,
  generations: readonly GenerationInfo[],
): readonly number[] {
  const kept = new Set(generations.map(({ generation }) => generation))
  return Array.from({ length: last }, (_, i) => i + 1).filter((one) => !kept.has(one))
}
