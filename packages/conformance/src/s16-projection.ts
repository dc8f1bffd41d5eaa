import { codecNamed, project } from '@faircopy/store-core'
import { same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, delivered, said } from './samples.ts'

/** S16: projections are views of what is stored whole. */
export const projections: readonly ConformanceCase[] = [
  conformanceCase(
    'every kind survives in what is stored, and the views are made of it',
    ['read', 'append'],
    async ({ store }) => {
      const call = {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 't1', function: { name: 'f', arguments: '{}' } }],
      }
      await store.append(
        's',
        [
          { kind: 'session_meta', record: { role: 'session_meta', tools: [] } },
          said('old'),
          said('kept'),
          { kind: 'vendor.unknown', record: { anything: true } },
          { kind: 'compaction', record: { role: 'user', content: 'summary', first_kept: 3 } },
          { record: call },
          delivered('sent', 'd'),
          { record: { role: 'tool', tool_call_id: 't1', content: 'result' } },
        ],
        { create: {} },
      )
      const entries = await all(store.read('s'))
      const codec = codecNamed((await store.get('s'))?.codec ?? '')
      const view = (name: 'audit' | 'display' | 'model'): readonly unknown[] =>
        project(entries, name, codec).map(({ entry, view: { role } }) => [entry.kind, role])
      same(
        view('audit').map((shown) => (shown as [string])[0]),
        [
          'session_meta',
          'message',
          'message',
          'vendor.unknown',
          'compaction',
          'message',
          'delivery',
          'message',
        ],
        'audit',
      )
      same(
        view('model'),
        [
          ['compaction', 'user'],
          ['message', 'user'],
          ['message', 'assistant'],
          ['message', 'tool'],
          ['delivery', 'assistant'],
        ],
        'model',
      )
      same(view('display').length, 6, 'display')
    },
  ),
]
