/**
 * Pure helpers that turn values into words: times in the viewer's zone, lengths, phones, sizes.
 * `now` is passed in (milliseconds), so that all of them can be tested.
 */

import { hourCycle, written } from './locale';
import { zoneRules } from './zoneRules.svelte';
import { offsetWords } from './zones';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Days of a year and of a month, on average: for lengths, which begin on no day of the calendar. */
const YEAR_DAYS = 365.25;
const MONTH_DAYS = 30.44;

const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions, zone?: string): Intl.DateTimeFormat {
  const key = JSON.stringify(options) + (zone ?? '');
  let made = formats.get(key);
  if (!made) {
    try {
      made = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone });
    } catch {
      // A zone name no browser knows: the viewer's own zone stands in.
      made = new Intl.DateTimeFormat('en-GB', options);
    }
    formats.set(key, made);
  }
  return made;
}

/**
 * A moment as the clocks of a zone show it, by the program's rules (the browser's until those are known); without a
 * zone, as the viewer's own clock does.
 */
export function inZone(options: Intl.DateTimeFormatOptions, at: number, zone?: string): string {
  const offset = zone ? zoneRules.at(zone, at) : undefined;
  return offset
    ? written(format(options, 'UTC'), at + offset.seconds * 1000)
    : written(format(options, zone), at);
}

export function ms(time: string | number | Date | null | undefined): number {
  if (time === null || time === undefined) return NaN;
  return time instanceof Date ? time.getTime() : typeof time === 'number' ? time : Date.parse(time);
}

/** The calendar day in the zone, as `2026-03-26`. */
export function dayKey(time: string | number, zone?: string): string {
  const at = ms(time);
  if (Number.isNaN(at)) return '';
  // British: 26/03/2026
  const day = inZone({ year: 'numeric', month: '2-digit', day: '2-digit' }, at, zone);
  return day.split('/').reverse().join('-');
}

/** The clock as the person has it: `09:14:07`, or `9:14:07 am`. */
export function clockFormat(seconds = false): Intl.DateTimeFormatOptions {
  const cycle = hourCycle();
  const hour = cycle === 'h12' ? 'numeric' : '2-digit';
  return { hour, minute: '2-digit', ...(seconds ? { second: '2-digit' } : {}), hourCycle: cycle };
}

/** `09:14`, or `9:14 am`. */
export function hourMinute(time: string | number, zone?: string): string {
  const at = ms(time);
  return Number.isNaN(at) ? '' : inZone(clockFormat(), at, zone);
}

/** `09:14:07`, or `9:14:07 am`. */
export function hourMinuteSecond(time: string | number, zone?: string): string {
  const at = ms(time);
  return Number.isNaN(at) ? '' : inZone(clockFormat(true), at, zone);
}

/** `Tue 24 Mar`; with the year where it is not this one. */
export function shortDay(time: string | number, now: number, zone?: string): string {
  const at = ms(time);
  if (Number.isNaN(at)) return '';
  const year = dayKey(at, zone).slice(0, 4) !== dayKey(now, zone).slice(0, 4);
  return inZone(
    year
      ? { day: 'numeric', month: 'short', year: 'numeric' }
      : { weekday: 'short', day: 'numeric', month: 'short' },
    at,
    zone,
  ).replace(',', '');
}

/** Today `09:14`; this year `Tue 24 Mar, 18:41`; older `24 Mar 2025, 18:41`. */
export function moment(time: string | number, now: number, zone?: string): string {
  const at = ms(time);
  if (Number.isNaN(at)) return '';
  if (dayKey(at, zone) === dayKey(now, zone)) return hourMinute(at, zone);
  return `${shortDay(at, now, zone)}, ${hourMinute(at, zone)}`;
}

/** All of it, for a tooltip: `Tuesday 24 March 2026, 18:41:07 GMT-4`. */
export function fullMoment(time: string | number, zone?: string): string {
  const at = ms(time);
  if (Number.isNaN(at)) return '';
  const day = inZone({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }, at, zone).replace(
    ',',
    '',
  );
  const second = clockFormat(true);
  const offset = zone ? zoneRules.at(zone, at) : undefined;
  if (!offset) return `${day}, ${inZone({ ...second, timeZoneName: 'short' }, at, zone)}`;
  const called = zone === 'UTC' ? zone : offsetWords(offset.seconds).replace('−', '-');
  return `${day}, ${inZone(second, at, zone)} ${called}`;
}

/** Whole days of the calendar between two moments in the zone: yesterday evening is one day ago. */
function daysApart(earlier: number, later: number, zone?: string): number {
  return Math.round((Date.parse(dayKey(later, zone)) - Date.parse(dayKey(earlier, zone))) / DAY);
}

/**
 * For a row of a list: `now`, `2 min`, `3 h`, `16:02`, `Wed 21:52`, `Fri`, `12 Mar`, `12 Mar 2025`. An hour alone is
 * always one of today, and a weekday never that of today.
 */
export function rowTime(time: string | number, now: number, zone?: string): string {
  const at = ms(time);
  if (Number.isNaN(at)) return '';
  const age = now - at;
  const days = daysApart(at, now, zone);
  if (age < -MINUTE) return days === 0 ? hourMinute(at, zone) : shortDay(at, now, zone);
  if (age < MINUTE) return 'now';
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min`;
  if (age < 6 * HOUR) return `${Math.floor(age / HOUR)} h`;
  if (days === 0) return hourMinute(at, zone);
  const weekday = () => inZone({ weekday: 'short' }, at, zone);
  if (days === 1) return `${weekday()} ${hourMinute(at, zone)}`;
  if (days < 7) return weekday();
  const year = dayKey(at, zone).slice(0, 4) !== dayKey(now, zone).slice(0, 4);
  return inZone({ day: 'numeric', month: 'short', ...(year ? { year: 'numeric' as const } : {}) }, at, zone);
}

/** Seconds of a moment beside something of `day`: `09:14:07`, and of another day `Tue 24 Mar, 21:52:07`. */
export function secondOn(time: string | number, day: string | number, zone?: string): string {
  const second = hourMinuteSecond(time, zone);
  if (!second || dayKey(time, zone) === dayKey(day, zone)) return second;
  return `${shortDay(time, ms(day), zone)}, ${second}`;
}

const relative = new Intl.RelativeTimeFormat('en-GB');

/** `2 min ago`, `18 hours ago`, `40 days ago`, `13 months ago`, `8 years ago`. */
export function ago(time: string | number, now: number): string {
  const age = now - ms(time);
  if (Number.isNaN(age)) return '';
  if (age < MINUTE) return 'just now';
  const past = (length: number, unit: Intl.RelativeTimeFormatUnit) =>
    relative.format(-Math.floor(age / length), unit);
  // Minutes are short everywhere.
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min ago`;
  if (age < DAY) return past(HOUR, 'hour');
  if (age < 60 * DAY) return past(DAY, 'day');
  if (age < 2 * YEAR_DAYS * DAY) return past(MONTH_DAYS * DAY, 'month');
  return past(YEAR_DAYS * DAY, 'year');
}

/** `40 days`, `8 years 9 months`. */
export function daysLasting(days: number): string {
  if (days <= YEAR_DAYS) return plural(days, 'day');
  const years = Math.floor(days / YEAR_DAYS);
  const months = Math.min(11, Math.floor((days - years * YEAR_DAYS) / MONTH_DAYS));
  return months ? `${plural(years, 'year')} ${plural(months, 'month')}` : plural(years, 'year');
}

/** Waiting and lasting: `under 1 min`, `4 min`, `4 h 45 min`, `3 days 4 h`, `40 days`, `8 years 9 months`. */
export function lasting(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return '';
  if (milliseconds < MINUTE) return 'under 1 min';
  const minutes = Math.floor(milliseconds / MINUTE);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 && days < 7 ? `${plural(days, 'day')} ${hours % 24} h` : daysLasting(days);
}

/** The same in one unit, for a row: `4 min`, `3 h`, `12 days`, `8 years`. */
export function coarse(milliseconds: number): string {
  if (milliseconds < HOUR) return lasting(milliseconds);
  if (milliseconds < DAY) return `${Math.floor(milliseconds / HOUR)} h`;
  const days = Math.floor(milliseconds / DAY);
  return days <= YEAR_DAYS ? plural(days, 'day') : plural(Math.floor(days / YEAR_DAYS), 'year');
}

/** Audio: `0:13`, `4:05`, `1:02:09`. */
export function clock(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds) || seconds < 0) return '';
  const whole = Math.floor(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** The heading of a day: `Today`, `Yesterday` or `Wednesday 25 March`, with what to say beside it. */
export function dayHeading(
  time: string | number,
  now: number,
  zone?: string,
): { name: string; beside: string } {
  const at = ms(time);
  if (Number.isNaN(at)) return { name: 'Time not known', beside: '' };
  const year = dayKey(at, zone).slice(0, 4) !== dayKey(now, zone).slice(0, 4);
  const day = inZone(
    { weekday: 'long', day: 'numeric', month: 'long', ...(year ? { year: 'numeric' as const } : {}) },
    at,
    zone,
  ).replace(',', '');
  if (dayKey(at, zone) === dayKey(now, zone)) return { name: 'Today', beside: day };
  return { name: day, beside: at > now ? 'to come' : ago(at, now) };
}

const numbers = new Intl.NumberFormat('en-US');
const rules = new Intl.PluralRules('en');
const lists = new Intl.ListFormat('en-GB', { type: 'conjunction' });

/** `1,284` */
export function count(n: number | null | undefined): string {
  return n === null || n === undefined ? '' : numbers.format(n);
}

/** `call` of one, `calls` of any other number. */
export const noun = (n: number, one: string, many = `${one}s`): string =>
  rules.select(n) === 'one' ? one : many;

/** `1 call`, `3 calls` */
export const plural = (n: number, one: string, many?: string): string => `${count(n)} ${noun(n, one, many)}`;

/** `812 B`, `2.1 KB`, `3.4 MB` */
export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  if (n < 1_000_000) return `${(n / 1000).toFixed(1)} KB`;
  return `${(n / 1_000_000).toFixed(1)} MB`;
}

/** `do_not_contact` → `Do not contact`; `CallType` and verbatim words stay as they are. */
export function wordsOf(key: string): string {
  const words = key.replace(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `Varda`, `Varda and Meera`, `Varda, Meera and CallRail` */
export const listed = (words: string[]): string => lists.format(words);
