import { describe, expect, it } from 'vitest';
import {
  ago,
  bytes,
  clock,
  coarse,
  dayHeading,
  dayKey,
  fullMoment,
  lasting,
  listed,
  moment,
  plural,
  rowTime,
  secondOn,
  wordsOf,
} from './format';

const zone = 'America/Toronto';
const now = Date.parse('2026-03-26T13:14:00Z'); // Thursday 09:14 there
const min = 60_000;
const hour = 60 * min;
const day = 24 * hour;

describe('times', () => {
  it('says today by the hour, this year by day, older with the year', () => {
    expect(moment('2026-03-26T12:52:00Z', now, zone)).toBe('08:52');
    expect(moment('2026-03-24T22:41:00Z', now, zone)).toBe('Tue 24 Mar, 18:41');
    expect(moment('2025-03-24T22:41:00Z', now, zone)).toBe('24 Mar 2025, 18:41');
    expect(moment('no time', now, zone)).toBe('');
  });

  it('takes the day from the viewer, not from UTC', () => {
    expect(dayKey('2026-03-26T03:00:00Z', zone)).toBe('2026-03-25');
    expect(dayKey('2026-03-26T03:00:00Z', 'UTC')).toBe('2026-03-26');
  });

  it('survives a zone nobody knows', () => {
    expect(fullMoment('2026-03-26T03:00:00Z', 'Mars/Olympus')).toContain('2026');
  });

  it('shortens in rows', () => {
    expect(rowTime(now - 20_000, now, zone)).toBe('now');
    expect(rowTime(now - 31 * min, now, zone)).toBe('31 min');
    expect(rowTime(now - 2 * hour, now, zone)).toBe('2 h');
    expect(rowTime(now - 2 * day, now, zone)).toBe('Tue');
    expect(rowTime('2026-02-12T12:00:00Z', now, zone)).toBe('12 Feb');
    expect(rowTime('2024-02-12T12:00:00Z', now, zone)).toBe('12 Feb 2024');
  });

  it('names the day of an hour that is not of today', () => {
    // Yesterday evening, seen in the morning: an hour alone reads as one of today.
    expect(rowTime('2026-03-26T01:52:00Z', now, zone)).toBe('Wed 21:52');
    expect(rowTime('2026-03-25T20:02:00Z', now, zone)).toBe('Wed 16:02');
    expect(rowTime('2026-03-26T04:30:00Z', Date.parse('2026-03-26T22:00:00Z'), zone)).toBe('00:30');
    // A weekday is one of the last six days: a week ago has the name of today.
    expect(rowTime('2026-03-20T12:00:00Z', now, zone)).toBe('Fri');
    expect(rowTime('2026-03-19T20:00:00Z', now, zone)).toBe('19 Mar');
    expect(rowTime('2026-03-26T20:00:00Z', now, zone)).toBe('16:00');
    expect(rowTime('2026-03-27T20:00:00Z', now, zone)).toBe('Fri 27 Mar');
  });

  it('counts years in years', () => {
    expect(ago(now - 3205 * day, now)).toBe('8 years ago');
    expect(ago(now - 400 * day, now)).toBe('13 months ago');
    expect(lasting(3205 * day)).toBe('8 years 9 months');
    expect(lasting(365 * day)).toBe('365 days');
    expect(lasting(366 * day)).toBe('1 year');
    expect(lasting(430 * day)).toBe('1 year 2 months');
  });

  it('has one unit where there is room for one', () => {
    expect(coarse(30_000)).toBe('under 1 min');
    expect(coarse(3 * hour + 12 * min)).toBe('3 h');
    expect(coarse(day)).toBe('1 day');
    expect(coarse(365 * day)).toBe('365 days');
    expect(coarse(3205 * day)).toBe('8 years');
  });

  it('says seconds of another day with their day', () => {
    expect(secondOn('2026-03-26T12:52:07Z', '2026-03-26T12:00:00Z', zone)).toBe('08:52:07');
    expect(secondOn('2026-03-26T01:52:07Z', '2026-03-26T12:00:00Z', zone)).toBe('Wed 25 Mar, 21:52:07');
    expect(secondOn('2025-03-26T12:52:07Z', '2026-03-26T12:00:00Z', zone)).toBe('26 Mar 2025, 08:52:07');
  });

  it('heads days', () => {
    expect(dayHeading('2026-03-26T12:00:00Z', now, zone)).toEqual({
      name: 'Today',
      beside: 'Thursday 26 March',
    });
    expect(dayHeading('2026-03-25T18:30:00Z', now, zone)).toEqual({
      name: 'Wednesday 25 March',
      beside: '18 hours ago',
    });
    expect(dayHeading('x', now, zone).name).toBe('Time not known');
  });

  it('says how long ago and how long', () => {
    expect(ago(now - 1 * hour, now)).toBe('1 hour ago');
    expect(ago(now - 40 * day, now)).toBe('40 days ago');
    expect(lasting(30_000)).toBe('under 1 min');
    expect(lasting(4 * min)).toBe('4 min');
    expect(lasting(4 * hour + 45 * min)).toBe('4 h 45 min');
    expect(lasting(day + 4 * hour)).toBe('1 day 4 h');
    expect(lasting(40 * day + hour)).toBe('40 days');
    expect(lasting(NaN)).toBe('');
  });
});

describe('values', () => {
  it('clocks audio', () => {
    expect(clock(13)).toBe('0:13');
    expect(clock(245)).toBe('4:05');
    expect(clock(3729)).toBe('1:02:09');
    expect(clock(-1)).toBe('');
    expect(clock(null)).toBe('');
  });

  it('finds words', () => {
    expect(plural(1, 'call')).toBe('1 call');
    expect(plural(1284, 'delivery', 'deliveries')).toBe('1,284 deliveries');
    expect(wordsOf('do_not_contact')).toBe('Do not contact');
    expect(listed(['Varda', 'Meera', 'CallRail'])).toBe('Varda, Meera and CallRail');
    expect(bytes(2100)).toBe('2.1 KB');
  });
});
