import { describe, expect, test } from 'vitest';
import type { NewSavedReport, Schedule } from '../../lib/api';
import {
  daysName,
  daysOf,
  fittingRange,
  filterWords,
  fromAddress,
  nextMade,
  nth,
  RANGES,
  rangeOf,
  rangesFor,
  scheduleWords,
  suggestName,
  suggestSchedule,
  wrongWith,
} from './savedReports';

// A Wednesday.
const TODAY = '2026-03-25';
const NAMES = ['overview', 'speed', 'funnel'];

describe('ranges', () => {
  test('the days each stands for', () => {
    const days = Object.fromEntries(RANGES.map(({ range }) => [range, daysName(daysOf(range, TODAY))]));
    expect(days).toEqual({
      yesterday: '24 Mar 2026',
      last_7_days: '18 to 24 Mar 2026',
      last_week: '16 to 22 Mar 2026',
      last_30_days: '23 Feb to 24 Mar 2026',
      this_month: '1 to 25 Mar 2026',
      last_month: '1 to 28 Feb 2026',
      this_quarter: '1 Jan to 25 Mar 2026',
      last_quarter: '1 Oct to 31 Dec 2025',
      this_year: '1 Jan to 25 Mar 2026',
    });
    expect(daysOf('last_week', '2026-03-01')).toEqual({ from: '2026-02-16', to: '2026-02-22' });
    expect(daysOf('last_month', '2024-03-31')).toEqual({ from: '2024-02-01', to: '2024-02-29' });
    expect(daysName({ from: '2025-12-29', to: '2026-01-04' })).toBe('29 Dec 2025 to 4 Jan 2026');
  });
  test('days on screen are kept as what they stand for', () => {
    expect(rangeOf('2026-03-01', TODAY, 'month', TODAY)).toBe('this_month');
    expect(rangeOf('2026-01-01', TODAY, 'year', TODAY)).toBe('this_year');
    expect(rangeOf('2026-01-01', TODAY, 'quarter', TODAY)).toBe('this_quarter');
    expect(rangeOf('2026-03-16', '2026-03-22', 'week', TODAY)).toBe('last_week');
    expect(rangeOf('2026-02-03', '2026-02-05', '', TODAY)).toEqual({ from: '2026-02-03', to: '2026-02-05' });
  });
});

describe('what the Reports page asks to save', () => {
  test('from the address', () => {
    const query = new URLSearchParams(
      'from=2026-02-01&to=2026-02-28&unit=month&compare=year&source=3&rep=Sam%20Lee&tz=Asia/Tokyo&figure=x',
    );
    expect(fromAddress(query, TODAY, NAMES)).toEqual({
      name: '',
      report: 'overview',
      format: 'pdf',
      paper: 'a4',
      detail: 'summary',
      range: 'last_month',
      query: { compare: 'year', source: '3', rep: 'Sam Lee', tz: 'Asia/Tokyo' },
      schedule: null,
    });
  });
  test('nonsense is left out', () => {
    const made = fromAddress(new URLSearchParams('from=x&to=y&source=a&report=nope&compare=z'), TODAY, NAMES);
    expect([made.range, made.query, made.report]).toEqual(['last_month', {}, 'overview']);
    expect(fromAddress(new URLSearchParams('from=2026-03-09&to=2026-03-01'), TODAY, NAMES).range).toBe(
      'last_month',
    );
  });
});

const schedule = (more: Partial<Schedule>): Schedule => ({
  every: 'daily',
  at: '07:00',
  folder: '',
  on: true,
  ...more,
});
const report = (more: Partial<NewSavedReport>): NewSavedReport => ({
  ...fromAddress(new URLSearchParams(), TODAY, NAMES),
  name: 'Monthly overview',
  ...more,
});

describe('in words', () => {
  test('when it is made', () => {
    expect(scheduleWords(schedule({}))).toBe('Every day at 07:00');
    expect(scheduleWords(schedule({ every: 'weekly', weekday: 5 }))).toBe('Every Friday at 07:00');
    expect(scheduleWords(schedule({ every: 'monthly', day: 22 }))).toBe('On the 22nd of each month at 07:00');
    expect([1, 2, 3, 4, 11, 12, 13, 21, 23, 31].map(nth).join(' ')).toBe(
      '1st 2nd 3rd 4th 11th 12th 13th 21st 23rd 31st',
    );
  });
  test('names and schedules to begin with', () => {
    expect(suggestName(report({ schedule: suggestSchedule('last_month') }), 'Overview')).toBe(
      'Monthly overview',
    );
    expect(suggestName(report({ range: 'last_week' }), 'How fast we answer')).toBe(
      'How fast we answer, last week',
    );
    expect([suggestSchedule('yesterday').every, suggestSchedule('last_week').every]).toEqual([
      'daily',
      'weekly',
    ]);
  });
  test('the period that is over is offered first', () => {
    expect(rangesFor(schedule({ every: 'monthly', day: 1 }))[0]?.range).toBe('last_month');
    expect(rangesFor(schedule({ every: 'weekly', weekday: 1 }))[0]?.range).toBe('last_week');
    expect(rangesFor(schedule({ every: 'daily' }))[0]?.range).toBe('yesterday');
    expect(rangesFor(null).map((one) => one.range)).toEqual(RANGES.map((one) => one.range));
    expect(rangesFor(schedule({})).length).toBe(RANGES.length);
    // On the 1st, this month so far is empty.
    expect(fittingRange('monthly', 'this_month')).toBe('last_month');
    expect(fittingRange('weekly', 'last_month')).toBe('last_week');
    expect(fittingRange('monthly', 'yesterday')).toBe('last_month');
    expect(fittingRange('monthly', 'this_quarter')).toBe('last_quarter');
    // What somebody chose and is over, or days of their own, stays.
    expect(fittingRange('monthly', 'last_30_days')).toBe('last_30_days');
    expect(fittingRange('monthly', 'last_quarter')).toBe('last_quarter');
    const own = { from: '2026-01-01', to: '2026-01-31' };
    expect(fittingRange('weekly', own)).toBe(own);
  });
  test('the next one it makes', () => {
    const says = (more: Partial<Schedule>, range: NewSavedReport['range'], day: string, clock = '09:00') =>
      nextMade(schedule(more), range, day, clock);
    const monthly = { every: 'monthly', day: 1 } as const;
    expect(says(monthly, 'last_month', '2026-11-30')).toBe('On 1 Dec: 1 to 30 Nov 2026');
    expect(says(monthly, 'last_month', '2026-12-01', '06:59')).toBe('Today: 1 to 30 Nov 2026');
    expect(says(monthly, 'last_month', '2026-12-01', '07:00')).toBe('On 1 Jan 2027: 1 to 31 Dec 2026');
    expect(says({ every: 'monthly', day: 31 }, 'this_month', '2026-02-10')).toBe(
      'On 28 Feb: 1 to 28 Feb 2026',
    );
    expect(says({ every: 'weekly', weekday: 1 }, 'last_week', TODAY)).toBe('On 30 Mar: 23 to 29 Mar 2026');
    expect(says({}, 'yesterday', TODAY)).toBe('Tomorrow: 25 Mar 2026');
    expect(says({ on: false }, 'yesterday', TODAY)).toBe('');
    expect(says({ at: '7' }, 'yesterday', TODAY)).toBe('');
  });
  test('filters', () => {
    expect(
      filterWords({ source: '3', stage: 'do_not_contact', as_of: '2026-03-01T00:00:00Z' }, (id) => `S${id}`),
    ).toEqual([
      { key: 'source', text: 'S3' },
      { key: 'stage', text: 'Stage do not contact' },
      { key: 'as_of', text: 'As of 2026-03-01' },
    ]);
  });
});

test('what cannot be saved says why', () => {
  expect(wrongWith(report({}))).toEqual({});
  expect(wrongWith(report({ name: ' ' }))).toEqual({ name: 'Give it a name.' });
  expect(wrongWith(report({ range: { from: '2026-03-02', to: '2026-03-01' } }))).toHaveProperty('range');
  expect(wrongWith(report({ range: { from: '', to: '2026-03-01' } }))).toHaveProperty('range');
  for (const at of ['7', '25:00', '07:60', ''])
    expect(wrongWith(report({ schedule: schedule({ at }) }))).toHaveProperty('at');
  expect(wrongWith(report({ schedule: schedule({ every: 'monthly', day: 32 }) }))).toHaveProperty('day');
});
