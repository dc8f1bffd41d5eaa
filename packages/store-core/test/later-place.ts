import type { LookUpsNow, Ran } from '../src/kernel/drive.ts'
import type { Rule } from '../src/kernel/rule.ts'
import { written } from '../src/memory/effects.ts'
import { createMemoryPlace, type MemoryPlace } from '../src/memory/place.ts'
import type { MemoryState, Written } from '../src/memory/state.ts'
import { holds, versionedLookUps } from './later-grounds.ts'
import type { Turns } from './later-turns.ts'

/** What one run of a rule came to, to be confirmed and written. */
export interface Write {
  /** Another one for each run. */
  readonly token: string
  readonly ran: Ran<unknown>
  /** The rule, from its beginning and as of the same time. */
  readonly rule: () => Rule<unknown>
}

/** What happened to a place. */
export type Step = Pick<Write, 'ran' | 'rule'> | { readonly change: Change<unknown> }

/** What an engine does by itself, without a rule. */
export type Change<T> = (state: MemoryState) => Written<T>

/** A store's contents, in memory's tables. Whatever is done to them is done in one step. */
export class LaterPlace {
  readonly #memory: MemoryPlace = createMemoryPlace()
  /** By token, whether a write took place; one that did not never will. */
  readonly #settled = new Map<string, boolean>()
  /** Told of every step, in order. */
  onStep: (step: Step) => void = () => {}

  get state(): MemoryState {
    return this.#memory.state
  }

  get watchers(): MemoryPlace['watchers'] {
    return this.#memory.watchers
  }

  /** Confirms and writes, or does nothing and tells so. The same again does nothing again, and tells the same. */
  write({ token, ran, rule }: Write): boolean {
    const known = this.#settled.get(token)
    if (known !== undefined) return known
    const isSo = ran.grounds.every((ground) => holds(this.state, ground))
    this.#settled.set(token, isSo)
    if (!isSo) return false
    this.onStep({ ran, rule })
    if ('decision' in ran) this.#become(ran.decision.effects.reduce(written, this.state))
    return true
  }

  /** Whether a write took place. If not, it never will. */
  settle(token: string): boolean {
    if (!this.#settled.has(token)) this.#settled.set(token, false)
    return this.#settled.get(token) ?? false
  }

  change<T>(change: Change<T>): T {
    const { state, result } = change(this.state)
    this.onStep({ change })
    this.#become(state)
    return result
  }

  #become(state: MemoryState): void {
    const isChange = state.position !== this.state.position
    this.#memory.state = state
    if (isChange) for (const watcher of this.watchers) watcher()
  }
}

/** What went over the line, or its answer, was lost. */
export class Lost extends Error {}

/** The line to a place: what goes over it takes turns with what others send, and may get lost. */
export class Line {
  readonly #place: LaterPlace
  readonly #turns: Turns
  readonly #losing: number

  /** `losing`: one of so many writes gets lost; 0: none. */
  constructor(place: LaterPlace, turns: Turns, losing: number) {
    this.#place = place
    this.#turns = turns
    this.#losing = losing
  }

  /** The contents at some moment from now on. */
  async state(): Promise<MemoryState> {
    await this.#turns.next()
    const { state } = this.#place
    await this.#turns.next()
    return state
  }

  async lookUps(): Promise<LookUpsNow> {
    return versionedLookUps(await this.state())
  }

  /** Has something written. Fails with {@link Lost}: it was written then, or not, or still will be, if nobody settles it. */
  async write(write: Write): Promise<boolean> {
    const isLost = this.#losing > 0 && this.#turns.pick(this.#losing) === 0
    await this.#turns.next()
    if (!isLost) {
      const isSo = this.#place.write(write)
      await this.#turns.next()
      return isSo
    }
    const fate = this.#turns.pick(3)
    if (fate === 0) this.#place.write(write)
    if (fate === 1) void this.#writeLate(write)
    await this.#turns.next()
    throw new Lost()
  }

  async settle(token: string): Promise<boolean> {
    await this.#turns.next()
    return this.#place.settle(token)
  }

  async change<T>(change: Change<T>): Promise<T> {
    await this.#turns.next()
    return this.#place.change(change)
  }

  async #writeLate(write: Write): Promise<void> {
    for (let turn = this.#turns.pick(8); turn >= 0; turn--) await this.#turns.next()
    this.#place.write(write)
  }
}
