import type { Happening, Life } from './life.ts'
import { said, type Told } from './told-source.ts'

const message = (n: number): Told => said('user', `message number ${n} of this talk`)
const stopped = (n: number): Told =>
  said('assistant', `answer number ${n} of this talk`, { finish_reason: 'stop' })
const cut = (n: number): Told =>
  said('assistant', `answer number ${n} of this talk`, { finish_reason: 'length', n })
const ok = said('user', 'ok')
const yes = said('user', 'yes')
const broken: Told = { text: 'broken number 1 of this talk' }

/** A life by what each witness has more than the talk, in front of it. */
function living(
  talk: readonly Told[],
  more: { readonly file?: readonly Told[]; readonly database?: readonly Told[] },
  ...happenings: Happening[]
): Life {
  const before = (told: readonly Told[] | undefined) =>
    told ? told.toReversed().map((add) => ({ at: 0, add })) : null
  return {
    talk: [...talk],
    file: before(more.file),
    database: before(more.database),
    withdrawn: [],
    happenings,
  }
}

const bringIn: Happening = { do: 'import' }
const grow = (told: Told): Happening => ({ do: 'grow', side: 'file', told })
const edit = (side: 'file' | 'database', at: number, told: Told): Happening => ({
  do: 'edit',
  side,
  at,
  told,
})
const resolve = (choice: Extract<Happening, { do: 'resolve' }>['choice']): Happening => ({
  do: 'resolve',
  choice,
})

/** Lives that once ended badly, each by what went wrong in it. */
export const foundLives: { readonly [name: string]: Life } = {
  'the original of a combined entry is redacted, and the entry is not': living(
    [ok],
    { file: [stopped(0)], database: [cut(0)] },
    bringIn,
    { do: 'redact', at: 1 },
  ),
  'a live entry that was taken back is redacted, and a row could have been matched with it': living(
    [cut(0), stopped(0), cut(0), stopped(8)],
    { file: [], database: [] },
    { do: 'append', told: stopped(8) },
    { do: 'undo', count: 1 },
    grow(cut(8)),
    edit('file', 4, cut(8)),
    bringIn,
    { do: 'redact', at: 0 },
  ),
  'an edited row says what another row says that comes later': living(
    [message(0), ok],
    { database: [] },
    grow(ok),
    { do: 'grow', side: 'database', told: yes },
    bringIn,
    { do: 'append', told: yes },
    edit('database', 1, yes),
    bringIn,
  ),
  'a row gets another value of a member, which is told and not taken': living(
    [message(1), stopped(3)],
    { database: [] },
    { do: 'lazy' },
    edit('database', 1, cut(3)),
    bringIn,
  ),
  'a line that stands in a branch is edited': living(
    [stopped(0)],
    { file: [], database: [ok] },
    edit('file', 0, stopped(0)),
    grow(ok),
    bringIn,
    resolve('branch'),
    edit('file', 0, cut(0)),
  ),
  'a line that stands in a branch is made another, without a database': living(
    [ok],
    { file: [] },
    { do: 'append-before', told: ok },
    grow(ok),
    bringIn,
    resolve('branch'),
    edit('file', 0, cut(0)),
  ),
  'the first of two imports is undone, and the second brought nothing': living(
    [message(0)],
    { file: [message(1)], database: [] },
    edit('file', 1, broken),
    bringIn,
    grow(broken),
    bringIn,
    { do: 'undo-first' },
    bringIn,
  ),
  'what stood before a boundary is undone, and imported again': living(
    [message(0)],
    { file: [] },
    bringIn,
    grow(stopped(0)),
    { do: 'append-before', told: cut(0) },
    { do: 'undo-first' },
    bringIn,
  ),
  'a branch is made of what came behind a decision to keep': living(
    [stopped(0)],
    { file: [stopped(0)], database: [] },
    bringIn,
    resolve('keep-canonical'),
    grow(ok),
    { do: 'append', told: cut(1) },
    bringIn,
    resolve('branch'),
  ),
  'what was taken back is redacted, and its row is still there': living(
    [cut(0), stopped(0), ok],
    { database: [] },
    bringIn,
    { do: 'undo', count: 2 },
    { do: 'grow', side: 'database', told: stopped(0) },
    { do: 'redact', at: 0 },
    bringIn,
  ),
  'the same is said again after it was taken back': living(
    [cut(7), message(1)],
    { file: [] },
    { do: 'append', told: message(1) },
    bringIn,
    grow(stopped(7)),
    { do: 'undo', count: 2 },
    bringIn,
  ),
  'a decision to keep is about an import that is undone': living(
    [stopped(0)],
    { file: [message(1)], database: [message(2)] },
    bringIn,
    resolve('keep-canonical'),
    { do: 'undo-first' },
    bringIn,
    resolve('legacy-first'),
  ),
}
