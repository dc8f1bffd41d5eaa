import type { AppendOptions, HeldReceipt, OriginTarget } from '../appender.ts'
import type { CheckedEntry } from '../checked-entry.ts'
import type { StoreEngine, WithCheckedEntries } from '../engine.ts'
import type { Opened, Opening, OpenOptions, OpenTarget } from '../opener.ts'
import type { Origin } from '../origin.ts'
import type { Receipt } from '../receipt.ts'
import type { Fork, Replacement, RewriteOptions, RewriteReceipt } from '../rewriter.ts'
import type { NewSession, Session, SessionPatch, WriteCondition } from '../session.ts'
import { append } from './append.ts'
import { create } from './create.ts'
import { deleteSession, undelete } from './delete.ts'
import { fork } from './fork.ts'
import type { Address } from './look-ups.ts'
import { open } from './open.ts'
import { replace } from './replace.ts'
import { opened, resolve } from './resolve.ts'
import { route } from './route.ts'
import type { Context, Rule } from './rule.ts'
import { update } from './update.ts'

type Calls =
  | 'create'
  | 'append'
  | 'update'
  | 'replace'
  | 'fork'
  | 'resolve'
  | 'route'
  | 'opened'
  | 'open'
  | 'delete'
  | 'undelete'

/** The calls of an engine that are one rule each. The engine says how a rule is carried out. */
export abstract class RuleCalls implements Pick<StoreEngine, Calls> {
  /** Carries out a rule. `entries`: those that the call brings. */
  protected abstract decide<T>(
    ruleOf: (context: Context) => Rule<T>,
    entries?: readonly CheckedEntry[],
  ): Promise<T>

  /** Answers by a rule that writes nothing. */
  protected abstract answer<T>(ruleOf: () => Rule<T>): Promise<T>

  create(session: Address, about: NewSession): Promise<Session> {
    return this.decide((context) => create(session, about, context))
  }

  append(
    target: Address | OriginTarget,
    entries: readonly CheckedEntry[],
    options: AppendOptions,
  ): Promise<Receipt | HeldReceipt> {
    return this.decide((context) => append({ target, entries, options }, context), entries)
  }

  update(session: Address, patch: SessionPatch, condition: WriteCondition): Promise<Session> {
    return this.decide((context) => update(session, patch, condition, context))
  }

  replace(
    session: Address,
    { dropDeliveries = [], ...replacement }: WithCheckedEntries<Replacement>,
    options: RewriteOptions,
  ): Promise<RewriteReceipt> {
    const call = { session, ...replacement, dropDeliveries, options }
    return this.decide((context) => replace(call, context), replacement.entries)
  }

  fork(parent: Address, about: Fork, options: RewriteOptions): Promise<Session> {
    return this.decide((context) => fork({ parent, fork: about, options }, context))
  }

  resolve(origin: Origin, namespace: string): Promise<Session | null> {
    return this.answer(() => resolve({ namespace, origin }))
  }

  route(origin: Origin, session: Address): Promise<void> {
    return this.decide((context) => route(origin, session, context))
  }

  opened(target: OpenTarget): Promise<Session | null> {
    return this.answer(() => opened(target))
  }

  open(target: OpenTarget, opening: WithCheckedEntries<Opening>, options: OpenOptions): Promise<Opened> {
    return this.decide((context) => open({ target, ...opening, options }, context), opening.entries)
  }

  delete(session: Address, condition: WriteCondition): Promise<void> {
    return this.decide((context) => deleteSession(session, condition, context))
  }

  undelete(session: Address): Promise<Session> {
    return this.decide((context) => undelete(session, context))
  }
}
