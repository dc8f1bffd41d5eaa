import type { Report } from './model-content.ts'
import type { ModelCall, ModelStep } from './model-step.ts'

/**
 * Gives out the ids of calls: the record's own where the provider takes it and it was not used before, otherwise one
 * made of the entry's id, so that the same entry has the same id in every view.
 */
export class ModelCallIds {
  readonly #used = new Set<string>()
  readonly #isTaken: (id: string) => boolean

  /** `accepts` says what the provider takes. */
  constructor(accepts: (id: string) => boolean) {
    this.#isTaken = (id) => !accepts(id) || this.#used.has(id)
  }

  idOf(step: ModelStep, call: ModelCall, report: Report): string {
    let id = call.id ?? ''
    if (this.#isTaken(id)) {
      report('call-renamed')
      id = `call_${step.entryId}_${step.calls.indexOf(call)}`
      while (this.#isTaken(id)) id += '_'
    }
    this.#used.add(id)
    return id
  }
}

/** What both providers take for a tool's name. */
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/

/** A tool's name as both providers take it. */
export function toolName(name: string | null, report: Report): string {
  if (name !== null && TOOL_NAME.test(name)) return name
  report('tool-renamed')
  return name?.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64) || 'unknown_tool'
}
