import { createGateway, lastDaily, type ResetPolicy, resetDue, resetRule } from '@faircopy/gateway'
import { createMemoryStore } from '@faircopy/store-core/memory'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const at = (text: string): number => Date.parse(text)

describe('daily, at an hour of a named time zone', () => {
  const berlin = { hour: 4, timeZone: 'Europe/Berlin' }
  it.each([
    ['before the hour it was yesterday', '2026-04-15T03:59:59.999+02:00', '2026-04-14T04:00+02:00'],
    ['at the hour it is now', '2026-04-15T04:00:00+02:00', '2026-04-15T04:00+02:00'],
    ['after it, today', '2026-04-15T23:59+02:00', '2026-04-15T04:00+02:00'],
    ['across a month and a year', '2026-01-01T01:00+01:00', '2025-12-31T04:00+01:00'],
    ['after a leap day', '2024-03-01T03:00+01:00', '2024-02-29T04:00+01:00'],
    ['on the day that is an hour short', '2026-03-29T12:00+02:00', '2026-03-29T04:00+02:00'],
    ['on the day that is an hour long', '2026-10-25T12:00+01:00', '2026-10-25T04:00+01:00'],
  ])('%s', (_, now, expected) => {
    expect(lastDaily(berlin, at(now))).toBe(at(expected))
  })

  it('a time that the clocks skip counts as much later as they skip', () => {
    const skipped = { hour: 2, minute: 30, timeZone: 'Europe/Berlin' }
    expect(lastDaily(skipped, at('2026-03-29T12:00+02:00'))).toBe(at('2026-03-29T03:30+02:00'))
    expect(lastDaily(skipped, at('2026-03-29T03:29+02:00'))).toBe(at('2026-03-28T02:30+01:00'))
  })

  it('a time that they show twice counts the first time only', () => {
    const twice = { hour: 2, minute: 30, timeZone: 'Europe/Berlin' }
    const [first, second] = ['2026-10-25T02:30+02:00', '2026-10-25T02:30+01:00'].map(at) as [number, number]
    expect(lastDaily(twice, second)).toBe(first)
    expect(lastDaily(twice, second + DAY - 1)).toBe(first)
    expect(lastDaily(twice, first - 1)).toBe(at('2026-10-24T02:30+02:00'))
    const rule = { daily: twice }
    expect(resetDue(rule, first - MINUTE, first)).toBe('daily')
    expect(resetDue(rule, first + MINUTE, second + MINUTE)).toBeNull()
  })

  it('zones of half hours, of half-hour changes, and a day that a zone left out', () => {
    expect(lastDaily({ hour: 0, timeZone: 'Asia/Kathmandu' }, at('2026-04-15T00:00+05:45'))).toBe(
      at('2026-04-15T00:00+05:45'),
    )
    // Lord Howe Island puts its clocks forward by half an hour, from 2:00 to 2:30.
    expect(
      lastDaily({ hour: 2, minute: 10, timeZone: 'Australia/Lord_Howe' }, at('2026-10-04T12:00+11:00')),
    ).toBe(at('2026-10-04T02:40+11:00'))
    // Samoa had no 30 December 2011: four o'clock of that day is four o'clock of the next.
    const samoa = { hour: 4, timeZone: 'Pacific/Apia' }
    expect(lastDaily(samoa, at('2011-12-31T05:00+14:00'))).toBe(at('2011-12-31T04:00+14:00'))
    expect(lastDaily(samoa, at('2011-12-31T03:00+14:00'))).toBe(at('2011-12-29T04:00-10:00'))
  })

  test('is the last minute before now at which a clock showed it, or the minute after a skip', () => {
    const shows = (timeZone: string): ((at: number) => string) => {
      const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
      return (instant) => clock.format(instant)
    }
    const zone = fc.constantFrom(
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'UTC',
    )
    const nearAChange = fc.constantFrom(
      '2026-03-29',
      '2026-10-25',
      '2026-03-08',
      '2026-11-01',
      '2026-10-04',
      '2026-04-05',
    )
    fc.assert(
      fc.property(
        zone,
        nearAChange,
        fc.nat(72 * 60),
        fc.nat(23),
        fc.constantFrom(0, 15, 30),
        (timeZone, day, minutes, hour, minute) => {
          const now = at(`${day}T00:00Z`) - DAY + minutes * MINUTE
          const found = lastDaily({ hour, minute, timeZone }, now)
          const clock = shows(timeZone)
          const wanted = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
          expect(found).toBeLessThanOrEqual(now)
          expect(found).toBeGreaterThan(now - 26 * HOUR)
          // Any later minute that shows it is the second showing within two hours of the first.
          for (let later = found + MINUTE; later <= now; later += MINUTE) {
            if (clock(later) === wanted) expect(later - found).toBeLessThanOrEqual(2 * HOUR)
          }
          if (clock(found) !== wanted) {
            const dayBefore = Array.from({ length: 26 * 60 }, (_, i) => clock(found - i * MINUTE))
            expect(dayBefore.slice(0, 22 * 60)).not.toContain(wanted)
          }
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('idle', () => {
  it('is longer than so many minutes, to the millisecond', () => {
    expect(resetDue({ idleMinutes: 10 }, 0, 10 * MINUTE)).toBeNull()
    expect(resetDue({ idleMinutes: 10 }, 0, 10 * MINUTE + 1)).toBe('idle')
    expect(resetDue({ idleMinutes: 10 }, 5, 0)).toBeNull()
    expect(resetDue('never', 0, 1e15)).toBeNull()
    expect(resetDue({}, 0, 1e15)).toBeNull()
  })

  it('with both, whichever comes first', () => {
    const both = { idleMinutes: 1440, daily: { hour: 4, timeZone: 'UTC' } }
    expect(resetDue(both, at('2026-04-15T03:00Z'), at('2026-04-15T04:01Z'))).toBe('daily')
    expect(resetDue(both, at('2026-04-15T04:00Z') - 1, at('2026-04-15T04:00Z'))).toBe('daily')
    expect(resetDue(both, at('2026-04-15T04:00Z'), at('2026-04-15T23:00Z'))).toBeNull()
    expect(resetDue(both, at('2026-04-15T04:01Z'), at('2026-04-17T04:01Z'))).toBe('idle')
  })
})

describe('which rule holds', () => {
  const [a, b, c] = [{ idleMinutes: 1 }, { idleMinutes: 2 }, { idleMinutes: 3 }]
  const policy: ResetPolicy = { default: a, byPlatform: { slack: b }, byChatType: { group: c, dm: 'never' } }
  it.each([
    [{ platform: 'Slack', chatType: 'group' }, b],
    [{ platform: 'telegram', chatType: 'group' }, c],
    [{ platform: 'telegram', chatType: 'supergroup' }, c],
    [{ platform: 'telegram', chatType: 'channel' }, a],
    [{ platform: 'telegram' }, 'never'],
  ] as const)('%o', (origin, rule) => {
    expect(resetRule(origin, policy)).toEqual(rule)
  })

  it('none is never', () => {
    expect(resetRule({ platform: 'x' }, {})).toBe('never')
  })
})

test('a rule that no clock could follow is refused at once', () => {
  const store = createMemoryStore()
  for (const rule of [
    { idleMinutes: 0 },
    { idleMinutes: Number.NaN },
    { daily: { hour: 24, timeZone: 'UTC' } },
    { daily: { hour: 4.5, timeZone: 'UTC' } },
    { daily: { hour: 4, minute: 60, timeZone: 'UTC' } },
    { daily: { hour: 4, timeZone: 'Mars/Olympus' } },
  ]) {
    expect(() => createGateway({ store, reset: { byPlatform: { telegram: rule } } })).toThrow(
      /^(options\.)?reset\b/,
    )
  }
})
