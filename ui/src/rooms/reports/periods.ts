/**
 * Days and periods as the calendar has them: all pure, `2026-03-01` in and out. A week that is a period begins on Monday,
 * as reports count it; a calendar to choose from begins where the person's does.
 */
import { dayKey } from '../../lib/format';
import { firstWeekday, written } from '../../lib/locale';

export type Unit = 'week' | 'month' | 'quarter' | 'year';
export interface Days {
  from: string;
  to: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const inUtc = (options: Intl.DateTimeFormatOptions) => {
  const format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' });
  return (day: string) => written(format, +at(day));
};
const wholeDay = inUtc({ day: 'numeric', month: 'short', year: 'numeric' });
const shortDay = inUtc({ day: 'numeric', month: 'short' });
const monthAlone = inUtc({ month: 'long' });

const two = (n: number) => String(n).padStart(2, '0');
const at = (day: string) => new Date(`${day}T00:00:00Z`);
const key = (date: Date) => date.toISOString().slice(0, 10);

/** A day of the calendar, or not. */
export function isDay(text: string | null | undefined): text is string {
  return !!text && DAY.test(text) && !Number.isNaN(at(text).getTime()) && key(at(text)) === text;
}

export const today = (now: number, zone?: string) => dayKey(now, zone);

export function addDays(day: string, n: number): string {
  const date = at(day);
  date.setUTCDate(date.getUTCDate() + n);
  return key(date);
}

/** As many months on; the 31st becomes the last day of a shorter month. */
export function addMonths(day: string, n: number): string {
  const [y, m, d] = parts(day);
  const first = new Date(Date.UTC(y, m - 1 + n, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return key(new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), Math.min(d, last))));
}

/** How many days, both counted. */
export const length = ({ from, to }: Days) => Math.round((+at(to) - +at(from)) / 86_400_000) + 1;

/** 1 is Monday, 7 is Sunday. */
export const weekday = (day: string) => ((at(day).getUTCDay() + 6) % 7) + 1;

function parts(day: string): [number, number, number] {
  const [y = 1970, m = 1, d = 1] = day.split('-').map(Number);
  return [y, m, d];
}

/** The whole week, month, quarter or year a day lies in. */
export function whole(unit: Unit, day: string): Days {
  const [y, m] = parts(day);
  if (unit === 'week') {
    const from = addDays(day, 1 - weekday(day));
    return { from, to: addDays(from, 6) };
  }
  const months = unit === 'month' ? 1 : unit === 'quarter' ? 3 : 12;
  const first = Math.floor((m - 1) / months) * months + 1;
  const from = `${String(y).padStart(4, '0')}-${two(first)}-01`;
  return { from, to: addDays(addMonths(from, months), -1) };
}

/** The one that a day lies in; up to today where it is not over yet. */
export function soFar(unit: Unit, now: string, day = now): Days {
  const all = whole(unit, day);
  return all.from <= now && now < all.to ? { from: all.from, to: now } : all;
}

/** Which unit these days are: whole, or up to today. */
export function unitOf(days: Days, now: string, hint?: string | null): Unit | null {
  const units: Unit[] = ['month', 'week', 'quarter', 'year'];
  const fits = units.filter((unit) => {
    for (const one of [whole(unit, days.from), soFar(unit, now, days.from)])
      if (one.from === days.from && one.to === days.to) return true;
    return false;
  });
  return fits.find((unit) => unit === hint) ?? fits[0] ?? null;
}

/** The period before or after: of the same unit, else as many days. */
export function shifted(days: Days, by: 1 | -1, now: string, hint?: string | null): Days {
  const unit = unitOf(days, now, hint);
  if (unit) {
    const all = whole(unit, days.from);
    return soFar(unit, now, by > 0 ? addDays(all.to, 1) : addDays(all.from, -1));
  }
  const n = length(days) * by;
  return { from: addDays(days.from, n), to: addDays(days.to, n) };
}

/** `26 Mar 2026` */
export function dayName(day: string, year = true): string {
  return year ? wholeDay(day) : shortDay(day);
}

/** `1 to 25 Mar 2026`, `4 Feb to 25 Mar 2026`; without the year where it is `thisYear`. */
export function daysName({ from, to }: Days, thisYear?: string): string {
  const plain = !!thisYear && from.slice(0, 4) === thisYear && to.slice(0, 4) === thisYear;
  if (from === to) return dayName(to, !plain);
  if (from.slice(0, 7) === to.slice(0, 7)) return `${parts(from)[2]} to ${dayName(to, !plain)}`;
  if (from.slice(0, 4) === to.slice(0, 4)) return `${dayName(from, false)} to ${dayName(to, !plain)}`;
  return `${dayName(from)} to ${dayName(to)}`;
}

/** `March 2026`, `Q1 2026`, `2025`, else the days. */
export function periodName(days: Days, thisYear?: string): string {
  const [y, m] = parts(days.from);
  const is = (unit: Unit) => {
    const all = whole(unit, days.from);
    return all.from === days.from && all.to === days.to;
  };
  const year = String(y) === thisYear ? '' : ` ${y}`;
  if (is('year')) return String(y);
  if (is('quarter')) return `Q${Math.ceil(m / 3)}${year}`;
  if (is('month')) return `${monthAlone(days.from)}${year}`;
  return daysName(days, thisYear);
}

/** Periods worth one click, from a day on. */
export function presets(now: string): { name: string; days: Days; unit?: Unit }[] {
  const month = whole('month', now);
  const quarter = whole('quarter', now);
  const year = whole('year', now);
  return [
    { name: 'Today', days: { from: now, to: now } },
    { name: 'Yesterday', days: { from: addDays(now, -1), to: addDays(now, -1) } },
    { name: 'Last 7 days', days: { from: addDays(now, -6), to: now } },
    { name: 'Last 30 days', days: { from: addDays(now, -29), to: now } },
    { name: 'Last month', days: whole('month', addDays(month.from, -1)), unit: 'month' },
    { name: 'Last quarter', days: whole('quarter', addDays(quarter.from, -1)), unit: 'quarter' },
    { name: 'Last year', days: whole('year', addDays(year.from, -1)), unit: 'year' },
  ];
}

/** `March 2026` of `2026-03`. */
export const monthName = (month: string): string => `${monthAlone(`${month}-01`)} ${month.slice(0, 4)}`;

/** A month as weeks of days, each from this day of the week on; days of its neighbours fill it up. */
export function monthGrid(month: string, from = firstWeekday()): string[][] {
  const first = addDays(`${month}-01`, -((weekday(`${month}-01`) - from + 7) % 7));
  const end = whole('month', `${month}-01`).to;
  const weeks: string[][] = [];
  for (let day = first; day <= end; day = addDays(day, 7))
    weeks.push(Array.from({ length: 7 }, (_, n) => addDays(day, n)));
  return weeks;
}
