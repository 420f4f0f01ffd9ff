import { describe, expect, test } from 'vitest';
import { byYear, currencies, dayWords, hoursWords, minutesOf, nextSpan, readDay, timeOf } from './business';

describe('opening hours', () => {
  test('times as people type them', () => {
    const read = (text: string, end = false) => {
      const at = minutesOf(text, end);
      return at === undefined ? undefined : timeOf(at);
    };
    expect(
      ['9', '9:30', '0930', '17.00', '5pm', '5:30 p.m.', '12am', 'noon', ' 08:00 '].map((t) => read(t)),
    ).toEqual(['09:00', '09:30', '09:30', '17:00', '17:00', '17:30', '00:00', '12:00', '08:00']);
    expect(read('midnight', true)).toBe('24:00');
    expect(read('0:00', true)).toBe('24:00');
    expect(read('24:00', true)).toBe('24:00');
    for (const bad of ['', '25', '9:75', '13pm', '24:00', 'nine', '-1', '9:3', '99999'])
      expect(read(bad)).toBe(undefined);
  });
  test('a day is put in order, what meets is one, what overlaps is said', () => {
    expect(
      readDay([
        { from: '1pm', to: '5pm' },
        { from: '8', to: '12' },
      ]),
    ).toEqual({
      spans: [
        { from: '08:00', to: '12:00' },
        { from: '13:00', to: '17:00' },
      ],
    });
    expect(
      readDay([
        { from: '8', to: '12' },
        { from: '12', to: '17' },
      ]),
    ).toEqual({ spans: [{ from: '08:00', to: '17:00' }] });
    expect(readDay([{ from: '17', to: '9' }])).toMatchObject({ at: 0 });
    expect(readDay([{ from: '9', to: 'late' }])).toMatchObject({ wrong: 'Type a time like 9:00 or 5 pm.' });
    expect(
      readDay([
        { from: '9', to: '13' },
        { from: '12', to: '17' },
      ]),
    ).toEqual({ wrong: 'Two opening times overlap.', at: 1 });
    expect(readDay([])).toEqual({ spans: [] });
  });
  test('a second time is offered while the day has room', () => {
    expect(nextSpan([])).toEqual({ from: '09:00', to: '17:00' });
    expect(nextSpan([{ from: '09:00', to: '12:00' }])).toEqual({ from: '13:00', to: '17:00' });
    expect(nextSpan([{ from: '09:00', to: '21:30' }])).toEqual({ from: '22:30', to: '24:00' });
    expect(nextSpan([{ from: '09:00', to: '23:00' }])).toBeUndefined();
  });
  test('in words, days alike together', () => {
    const work = [{ from: '09:00', to: '17:00' }];
    const week = { mon: work, tue: work, wed: work, thu: work, fri: work, sat: [], sun: [] };
    expect(hoursWords(week)).toBe('Mon to Fri 09:00 to 17:00, Sat to Sun closed');
    expect(hoursWords({ ...week, wed: [] })).toContain('Wed closed');
  });
});

test('holidays by year', () => {
  expect(dayWords('2026-12-25')).toBe('Friday 25 December 2026');
  expect(byYear(['2027-01-01', '2026-12-25', '2026-07-04'])).toEqual([
    { year: '2026', days: ['2026-07-04', '2026-12-25'] },
    { year: '2027', days: ['2027-01-01'] },
  ]);
});

test('currencies have names, the usual ones first', () => {
  const all = currencies();
  expect(all[0]).toEqual({ code: 'USD', name: 'US Dollar' });
  expect(new Set(all.map((one) => one.code)).size).toBe(all.length);
  expect(all.length).toBeGreaterThan(150);
});
