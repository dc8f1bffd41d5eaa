import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { legacySessionKey, openingOrigins, originsOfLegacyKey, sessionKey } from '@faircopy/gateway'
import { type Entry, parseRecord } from '@faircopy/store-core'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { cron, ExampleProcess, faircopy, MAIN, WebhookProcess } from './example-process.ts'
import { writeHermesHome } from './hermes-home.ts'

const CHAT = 'agent:main:telegram:dm:1001'
const replies = (...texts: readonly string[]) => ({ status: 200, body: { replies: texts } })

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'faircopy-example-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const newStore = (): string => join(temporaryFolder(), 'transcripts.db')

/** What every session says, as another process reads it. The store is sound. */
async function told(db: string): Promise<{ id: string; entries: Entry[] }[]> {
  const store = await openSqliteStore({ path: db, readOnly: true, mustExist: true })
  try {
    expect((await store.verify()).findings).toEqual([])
    const sessions = await Array.fromAsync(store.sessions({ order: 'recent' }))
    return await Promise.all(
      sessions.map(async ({ id }) => ({ id, entries: await Array.fromAsync(store.read(id)) })),
    )
  } finally {
    await store.close()
  }
}

/** The messages of a session, one short text each. */
function messages(session: { readonly entries: readonly Entry[] } | undefined): string[] {
  return (session?.entries ?? []).flatMap(({ kind, record }) => {
    if (kind !== 'message') return []
    const { role, content, tool_calls } = parseRecord(record)
    return [`${role}: ${tool_calls ? 'calls' : content}`]
  })
}

/** The command finds the store sound, and shows what was said. */
async function expectSound(db: string, session: string, ...said: readonly string[]): Promise<void> {
  const [verified, shown] = await Promise.all([
    faircopy('verify', '--db', db),
    faircopy('show', session, '--db', db),
  ])
  expect(verified, verified.stderr).toMatchObject({ code: 0 })
  expect(shown, shown.stderr).toMatchObject({ code: 0 })
  for (const text of said) expect(shown.stdout).toContain(text)
}

test('a webhook that is delivered twice, at once and later, is one turn', async () => {
  const db = newStore()
  const gateway = new WebhookProcess(['--db', db])
  const noted = replies('Noted: bread')
  expect(await Promise.all([gateway.post(1, 'note bread'), gateway.post(1, 'note bread')])).toEqual([
    noted,
    noted,
  ])
  expect(await gateway.post(2, 'hello')).toEqual(replies('You said: hello'))
  expect(await gateway.post(1, 'note bread')).toEqual(noted)
  await gateway.kill('SIGTERM')

  const [session, ...others] = await told(db)
  expect(others).toEqual([])
  expect(messages(session)).toEqual([
    'user: note bread',
    'assistant: calls',
    'tool: Noted: bread',
    'assistant: Noted: bread',
    'user: hello',
    'assistant: You said: hello',
  ])
  await expectSound(db, session?.id ?? '', 'Noted: bread', 'You said: hello')
})

test('killed in the middle of a turn, it goes on with it at the next start, and every message stands once', async () => {
  const db = newStore()
  const killed = await new WebhookProcess(['--db', db]).listening()
  const lost = killed.post(1, 'timer 300').catch(() => 'no answer')
  await killed.line(/^tool timer$/)
  await killed.kill()
  expect(await lost).toBe('no answer')
  expect((await told(db)).map(messages)).toEqual([['user: timer 300', 'assistant: calls']])

  const next = await new WebhookProcess(['--db', db], { preload: './minutes-later.ts' }).listening()
  await next.line(/^tool timer$/)
  await next.line(/^agent:main:telegram:dm:1001 <- Time is up\.$/)
  expect(await next.post(1, 'timer 300')).toEqual(replies('Time is up.'))
  expect(await next.post(2, 'hello')).toEqual(replies('You said: hello'))
  const [session] = await told(db)
  expect(messages(session)).toEqual([
    'user: timer 300',
    'assistant: calls',
    'tool: Time is up.',
    'assistant: Time is up.',
    'user: hello',
    'assistant: You said: hello',
  ])
})

test('killed wherever it is, and asked the same again: every message stands once, in its order', async () => {
  const db = newStore()
  const rounds = [1, 2, 3]
  for (const round of rounds) {
    const gateway = await new WebhookProcess(['--db', db]).listening()
    if (round > 1) {
      expect(await gateway.post(round - 1, `note ${round - 1}`)).toEqual(replies(`Noted: ${round - 1}`))
    }
    gateway.post(round, `note ${round}`).catch(() => undefined)
    await gateway.line(/^tool note$/)
    // It goes on while it is being killed, for as long as the kernel takes.
    await gateway.kill()
  }
  const last = new WebhookProcess(['--db', db])
  expect(await last.post(3, 'note 3')).toEqual(replies('Noted: 3'))
  expect((await told(db)).map(messages)).toEqual([
    rounds.flatMap((i) => [
      `user: note ${i}`,
      'assistant: calls',
      `tool: Noted: ${i}`,
      `assistant: Noted: ${i}`,
    ]),
  ])
})

test('a turn that was cut off long ago is given up, and the conversation goes on', async () => {
  const db = newStore()
  const killed = await new WebhookProcess(['--db', db]).listening()
  killed.post(1, 'timer 86400').catch(() => undefined)
  await killed.line(/^tool timer$/)
  await killed.kill()

  const next = await new WebhookProcess(['--db', db], { preload: './hours-later.ts' }).listening()
  expect(await next.post(2, 'hello')).toEqual(replies('You said: hello'))
  expect(await next.post(1, 'timer 86400')).toEqual(replies())
  expect((await told(db)).map(messages)).toEqual([
    ['user: timer 86400', 'assistant: calls', 'user: hello', 'assistant: You said: hello'],
  ])
})

test('what a job delivers is in the transcript once, and the model sees where it came from', async () => {
  const db = newStore()
  const job = ['--db', db, CHAT, 'backup-1', 'The backup is done.'] as const
  expect((await cron(...job)).stdout).toContain('held\n')
  const gateway = new WebhookProcess(['--db', db])
  expect(await gateway.post(1, 'hello')).toEqual(replies('You said: hello'))
  expect((await cron(...job)).stdout).toContain('already\n')
  expect((await cron('--db', db, CHAT, 'backup-2', 'And so is the next.')).stdout).toContain('written\n')
  expect(await gateway.post(2, 'recap')).toEqual(
    replies(
      [
        'assistant: [Delivered from cron] The backup is done.',
        'user: hello',
        'assistant: You said: hello',
        'assistant: [Delivered from cron] And so is the next.',
        'user: recap',
      ].join('\n'),
    ),
  )
  const [session] = await told(db)
  expect(session?.entries.filter(({ kind }) => kind === 'delivery').map(({ writer }) => writer)).toEqual([
    'mirror',
    'mirror',
  ])
})

test('two platforms in two processes have one store, and one tells the other something', async () => {
  const db = newStore()
  const webhook = new WebhookProcess(['--db', db])
  const terminal = new ExampleProcess(MAIN, ['terminal', '--db', db])
  await Promise.all([webhook.listening(), terminal.line(/^terminal, /)])
  const numbers = Array.from({ length: 8 }, (_, i) => i)
  const chats = [1001, 1002]
  await Promise.all([
    ...chats.flatMap((chat) =>
      numbers.map(async (i) =>
        expect(await webhook.post(chat + i * 10_000, `${chat} ${i}`, chat)).toEqual(
          replies(`You said: ${chat} ${i}`),
        ),
      ),
    ),
    (async () => {
      for (const i of numbers) {
        terminal.type(`typed ${i}`)
        await terminal.line(new RegExp(`^You said: typed ${i}$`))
      }
    })(),
  ])
  terminal.type(`tell ${CHAT} dinner is ready`)
  await terminal.line(/^written$/)
  terminal.type(`tell ${CHAT} it is soup`)
  await terminal.line(/^written$/)
  expect(await terminal.endInput()).toMatchObject({ code: 0, stderr: '' })
  const recap = await webhook.post(1, 'recap')
  expect(JSON.stringify(recap).split('[Delivered from a colleague] dinner is ready')).toHaveLength(2)

  const sessions = await told(db)
  expect(sessions).toHaveLength(3)
  for (const { entries } of sessions) {
    const said = messages({ entries }).filter((text) => /\d$/.test(text))
    expect(said).toHaveLength(16)
    for (let i = 0; i < said.length; i += 2) {
      expect(said[i + 1]).toBe(said[i]?.replace('user: ', 'assistant: You said: '))
    }
  }
})

test('the commands of the chat', async () => {
  const db = newStore()
  const gateway = new WebhookProcess(['--db', db])
  let update = 0
  const say = async (text: string): Promise<unknown> => {
    const { body } = await gateway.post(++update, text)
    return (body as { replies: string[] }).replies.join()
  }
  expect(await say('/undo')).toBe('There is nothing to take back.')
  expect(await say('/retry')).toBe('There is nothing to try again.')
  expect(await say('one')).toBe('You said: one')
  expect(await say('two')).toBe('You said: two')
  expect(await say('/undo')).toBe('Taken back.')
  expect(await gateway.post(update, '/undo')).toEqual(replies('Taken back.'))
  expect(await say('three')).toBe('You said: three')
  expect(await say('/retry')).toBe('You said: three')
  expect(await say('recap')).toBe(
    'user: one\nassistant: You said: one\nuser: three\nassistant: You said: three\nuser: recap',
  )
  expect(await say('/undo')).toBe('Taken back.')
  expect(await say('/compact')).toBe('Compacted.')
  expect(await say('recap')).toBe(
    [
      'user: [Summary of the conversation so far]',
      'Of 4 messages, the first: one',
      'user: three',
      'assistant: You said: three',
      'user: recap',
    ].join('\n'),
  )
  expect(await say('/reset')).toBe('A new conversation.')
  expect(await gateway.post(update, '/reset')).toEqual(replies('A new conversation.'))
  expect(await say('recap')).toBe('user: recap')
  expect(await told(db)).toHaveLength(2)
})

test('it starts on an old Hermes home, and the next message goes on in the same session under the same key', async () => {
  const [home, db] = [join(temporaryFolder(), '.hermes'), newStore()]
  const person = { platform: 'telegram', chat_type: 'dm', chat_id: '1001', user_id: '7' }
  const said = (role: string, content: string) => ({ role, content })
  writeHermesHome(home, [
    {
      id: '20260301_090000_a1',
      key: CHAT,
      origin: person,
      records: [
        said('user', 'Where is the key?'),
        said('assistant', 'Under the mat.'),
        said('user', 'Thanks.'),
        said('assistant', 'Any time.'),
      ],
    },
    {
      id: '20260302_100000_b2',
      key: 'agent:main:telegram:dm:1002',
      origin: { ...person, chat_id: '1002', user_id: '8' },
      records: [
        said('user', 'Another person.'),
        said('assistant', 'Hello.'),
        said('user', 'Hello.'),
        said('assistant', 'And goodbye.'),
      ],
    },
  ])
  const places = ['--db', db, '--home', home] as const
  const gateway = new WebhookProcess(places)
  expect((await cron(...places, CHAT, 'backup-1', 'The backup is done.')).stdout).toContain('written\n')
  expect(await gateway.post(1, 'recap')).toEqual(
    replies(
      [
        'user: Where is the key?',
        'assistant: Under the mat.',
        'user: Thanks.',
        'assistant: Any time.',
        'assistant: [Delivered from cron] The backup is done.',
        'user: recap',
      ].join('\n'),
    ),
  )
  await gateway.kill()
  const next = new WebhookProcess(places)
  expect(await next.post(2, 'hello')).toEqual(replies('You said: hello'))

  const sessions = await told(db)
  expect(sessions.map(({ id }) => id).toSorted()).toEqual(['20260301_090000_a1', '20260302_100000_b2'])
  const session = sessions.find(({ id }) => id === '20260301_090000_a1')
  expect(messages(session).slice(-2)).toEqual(['user: hello', 'assistant: You said: hello'])
  const origin = { platform: 'telegram', chatType: 'dm', chat: '1001', user: '7' }
  expect([sessionKey(origin), legacySessionKey(origin)]).toEqual([CHAT, CHAT])
  expect(originsOfLegacyKey(CHAT)).toContainEqual(openingOrigins(origin)[0])
  await expectSound(db, '20260301_090000_a1', 'Under the mat.', 'You said: hello')
})

test('a disk that takes no more is told to the platform at once, and what it sends again is answered once', async () => {
  const db = newStore()
  const gateway = new WebhookProcess(['--db', db], { fileKiB: 1000 })
  expect(await gateway.post(1, 'hello')).toEqual(replies('You said: hello'))
  const long = `note ${'bread '.repeat(300_000)}`
  expect(await gateway.post(2, long)).toMatchObject({ status: 503, body: { error: 'STORE_IO' } })
  expect(await gateway.post(3, 'still there?')).toEqual(replies('You said: still there?'))
  await gateway.kill()
  const before = ['user: hello', 'assistant: You said: hello']
  const after = ['user: still there?', 'assistant: You said: still there?']
  expect((await told(db)).map(messages)).toEqual([[...before, ...after]])

  const next = new WebhookProcess(['--db', db])
  const noted = replies(`Noted: ${long.slice('note '.length)}`)
  expect([await next.post(2, long), await next.post(2, long)]).toEqual([noted, noted])
  const [session] = await told(db)
  expect(messages(session)).toHaveLength(8)
})

test('a store that was taken away is written no more, and nothing is pretended', async () => {
  const folder = temporaryFolder()
  const [db, away] = [join(folder, 'transcripts.db'), join(folder, 'away.db')]
  const gateway = new WebhookProcess(['--db', db])
  expect(await gateway.post(1, 'hello')).toEqual(replies('You said: hello'))
  for (const end of ['', '-wal', '-shm']) renameSync(db + end, away + end)
  for (const update of [2, 2]) {
    const refused = { status: 503, body: { error: 'STORE_REPLACED', retryable: false } }
    expect(await gateway.post(update, 'note bread')).toMatchObject(refused)
  }
  await gateway.kill()
  expect(existsSync(db)).toBe(false)
  expect((await told(away)).map(messages)).toEqual([['user: hello', 'assistant: You said: hello']])
})

test('a store that can not be opened ends the start, with what to do', async () => {
  const folder = temporaryFolder()
  const { code, stdout, stderr } = await new ExampleProcess(MAIN, ['--db', folder]).endInput()
  expect(code).toBe(1)
  expect(stdout).toBe('')
  expect(stderr).toContain(folder)
})
