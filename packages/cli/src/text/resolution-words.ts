import type { ChoiceObstacle, ResolutionChoice, ResolutionPlan, SessionReport } from '@faircopy/legacy-jsonl'
import { plural } from './plural.ts'
import { sessionName } from './session-name.ts'

/** Why a choice is not possible, and what can be done about it. */
export const OBSTACLE_WORDS: { readonly [O in ChoiceObstacle]: string } = {
  'nothing-contested': 'no two messages stand against each other, so there is nothing for times to decide',
  'no-times': 'not every contested message has a time',
  'no-zones': 'its times name no zone; --time-zone ZONE says in which one the file was written',
  'times-overlap': 'in a contested gap neither side is wholly before the other',
  'three-sides': 'the database and the file of the source contest each other as well',
  'branch-exists': 'there is a session of the name that the branch would have',
}

/** The legacy side of a plan, by who tells it. */
export function legacyName({ toldBy }: Pick<ResolutionPlan, 'toldBy'>): string {
  return toldBy.length === 1 ? `the ${toldBy[0]}` : 'the source'
}

/** What a choice comes to. */
export function choiceWords(choice: ResolutionChoice, report: SessionReport, plan: ResolutionPlan): string {
  const legacy = legacyName(plan)
  const { canonical, added } = report.entries
  const merged = report.entries.merged ?? canonical
  const says = plural(merged, 'message')
  switch (choice) {
    case 'keep-canonical': {
      const { withheld } = report.lines
      const rest =
        withheld > 0
          ? `${plural(withheld, 'line')} of ${legacy} ${withheld === 1 ? 'stays' : 'stay'} there`
          : `${legacy} adds nothing`
      return `stays as it is, ${says}; ${rest}`
    }
    case 'adopt-legacy': {
      const left = canonical + added - merged
      return `says what ${legacy} says, ${says}${left > 0 ? `; ${left.toLocaleString('en')} ${left === 1 ? 'becomes' : 'become'} history` : ''}`
    }
    case 'legacy-first':
      return `says ${says}, in each contested gap ${legacy} first`
    case 'branch':
      return `stays as it is, ${says}; ${legacy} becomes ${sessionName(plan.branch)}`
    case 'by-time':
      return `says ${says}, in each contested gap the earlier side first`
  }
}
