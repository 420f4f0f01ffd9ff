/** Saved reports and the files made of them, in words. Days are `2026-03-01`; weeks begin on Monday. */
import type { FileFormat, NewSavedReport, Range, RangeWord, SavedQuestion, Schedule } from '../../lib/api';
import { clockTime, weekdayName } from '../../lib/locale';
import { dayName, daysName as periodDays } from './periods';

export const FORMATS: { format: FileFormat; name: string; hint: string }[] = [
  { format: 'pdf', name: 'PDF', hint: 'To print and to send' },
  { format: 'xlsx', name: 'Excel', hint: 'A workbook with a sheet for each figure and one with the rows' },
  { format: 'csv', name: 'CSV', hint: 'A file for each table, in one ZIP' },
  { format: 'html', name: 'Web page', hint: 'One file that opens in any browser, offline' },
  { format: 'json', name: 'JSON', hint: 'For programs' },
];
export const formatName = (format: string) => FORMATS.find((f) => f.format === format)?.name ?? format;

export const RANGES: { range: RangeWord; name: string }[] = [
  { range: 'yesterday', name: 'Yesterday' },
  { range: 'last_7_days', name: 'Last 7 days' },
  { range: 'last_week', name: 'Last week' },
  { range: 'last_30_days', name: 'Last 30 days' },
  { range: 'this_month', name: 'This month so far' },
  { range: 'last_month', name: 'Last month' },
  { range: 'this_quarter', name: 'This quarter so far' },
  { range: 'last_quarter', name: 'Last quarter' },
  { range: 'this_year', name: 'This year so far' },
];

/** What is over, and fits how often it is made: on the 1st, this month so far is empty. */
const USUAL: Record<Schedule['every'], RangeWord> = {
  daily: 'yesterday',
  weekly: 'last_week',
  monthly: 'last_month',
};

/** The ranges, with the one first that fits a schedule. */
export function rangesFor(schedule: Pick<Schedule, 'every'> | null) {
  const first = schedule && USUAL[schedule.every];
  return [...RANGES.filter((one) => one.range === first), ...RANGES.filter((one) => one.range !== first)];
}

/** What is to be made so often: what goes on, or is usual for another rhythm, becomes what is over. */
export function fittingRange(every: Schedule['every'], range: Range): Range {
  if (typeof range !== 'string') return range;
  if (range === 'this_quarter' && every === 'monthly') return 'last_quarter';
  const others = Object.values(USUAL).filter((word) => word !== USUAL[every]);
  const open: RangeWord[] = ['this_month', 'this_quarter', 'this_year'];
  return open.includes(range) || others.includes(range) ? USUAL[every] : range;
}

const at = (day: string) => new Date(`${day}T00:00:00Z`);
const key = (date: Date) => date.toISOString().slice(0, 10);
const plus = (day: string, n: number) => {
  const date = at(day);
  date.setUTCDate(date.getUTCDate() + n);
  return key(date);
};
/** The first day of a month so many months away. */
const month = (day: string, n = 0, step = 1) => {
  const date = at(day);
  const first = Math.floor(date.getUTCMonth() / step) * step;
  return key(new Date(Date.UTC(date.getUTCFullYear(), first + n, 1)));
};

/** The days a range means when it is asked on `today`. */
export function daysOf(range: Range, today: string): { from: string; to: string } {
  if (typeof range !== 'string') return range;
  const monday = plus(today, -((at(today).getUTCDay() + 6) % 7));
  switch (range) {
    case 'yesterday':
      return { from: plus(today, -1), to: plus(today, -1) };
    case 'last_7_days':
      return { from: plus(today, -7), to: plus(today, -1) };
    case 'last_week':
      return { from: plus(monday, -7), to: plus(monday, -1) };
    case 'last_30_days':
      return { from: plus(today, -30), to: plus(today, -1) };
    case 'this_month':
      return { from: month(today), to: today };
    case 'last_month':
      return { from: month(today, -1), to: plus(month(today), -1) };
    case 'this_quarter':
      return { from: month(today, 0, 3), to: today };
    case 'last_quarter':
      return { from: month(today, -3, 3), to: plus(month(today, 0, 3), -1) };
    case 'this_year':
      return { from: `${today.slice(0, 4)}-01-01`, to: today };
  }
}

/** The range that days on screen stand for, so that the same can be asked another day; else the days themselves. */
export function rangeOf(from: string, to: string, unit: string, today: string): Range {
  const order: RangeWord[] =
    unit === 'week'
      ? ['last_week', 'last_7_days', 'this_month', 'last_month']
      : unit === 'quarter'
        ? ['this_quarter', 'last_quarter', 'this_year', 'this_month', 'last_month']
        : unit === 'year'
          ? ['this_year', 'this_quarter', 'this_month']
          : [
              'this_month',
              'last_month',
              'yesterday',
              'last_week',
              'last_quarter',
              'last_7_days',
              'last_30_days',
            ];
  for (const range of [...order, ...RANGES.map((r) => r.range)]) {
    const days = daysOf(range, today);
    if (days.from === from && days.to === to) return range;
  }
  return { from, to };
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const isDay = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at(text).getTime());

/** What the Reports page asked to be saved, from the address; `reports` are the names of those there are. */
export function fromAddress(
  query: URLSearchParams,
  today: string,
  reports: readonly string[],
): NewSavedReport {
  const text = (name: string) => query.get(name)?.trim() ?? '';
  const asked: SavedQuestion = {};
  for (const name of ['tz', 'campaign', 'rep', 'tag', 'stage', 'as_of'] as const)
    if (text(name)) asked[name] = text(name);
  const compare = text('compare');
  if (compare === 'year' || compare === 'none') asked.compare = compare;
  if (/^\d+$/.test(text('source'))) asked.source = text('source');
  const [from, to] = [text('from'), text('to')];
  const range: Range =
    isDay(from) && isDay(to) && from <= to ? rangeOf(from, to, text('unit'), today) : 'last_month';
  const wanted = text('report') || text('name');
  return {
    name: '',
    report: reports.includes(wanted) ? wanted : 'overview',
    format: 'pdf',
    paper: 'a4',
    // It goes into folders that others read: whoever wants names in it says so.
    detail: 'summary',
    range,
    query: asked,
    schedule: null,
  };
}

/** `1 to 30 Nov 2026`, `28 Nov to 4 Dec 2026`, `29 Nov 2026` */
export const daysName = (days: { from: string; to: string }): string =>
  isDay(days.from) && isDay(days.to) ? periodDays(days) : '';

export function rangeName(range: Range): string {
  if (typeof range !== 'string') return daysName(range);
  return RANGES.find((one) => one.range === range)?.name ?? range;
}

/** The same within a sentence. */
export const rangeWords = (range: Range): string =>
  typeof range === 'string' ? rangeName(range).toLowerCase() : rangeName(range);

const ordinals = new Intl.PluralRules('en', { type: 'ordinal' });
const ENDINGS: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' };

/** `1st`, `22nd`, `13th` */
export const nth = (n: number): string => `${n}${ENDINGS[ordinals.select(n)] ?? 'th'}`;

/** `Every Monday at 07:00`, or `7:00 am` */
export function scheduleWords(schedule: Schedule): string {
  const time = clockTime(schedule.at);
  switch (schedule.every) {
    case 'daily':
      return `Every day at ${time}`;
    case 'weekly':
      return `Every ${weekdayName(schedule.weekday ?? 1)} at ${time}`;
    case 'monthly': {
      const day = schedule.day ?? 1;
      return `On the ${nth(day)} of each month at ${time}`;
    }
  }
}

/** The first day on which it is made after `today`, `clock` being what the business's clock shows. */
function nextDay(schedule: Schedule, today: string, clock: string): string | null {
  if (!schedule.on || !TIME.test(schedule.at)) return null;
  for (let n = clock < schedule.at ? 0 : 1; n < 64; n++) {
    const day = plus(today, n);
    const last = Number(plus(month(day, 1), -1).slice(8));
    const is =
      schedule.every === 'daily' ||
      (schedule.every === 'weekly' && ((at(day).getUTCDay() + 6) % 7) + 1 === (schedule.weekday ?? 1)) ||
      (schedule.every === 'monthly' && Number(day.slice(8)) === Math.min(schedule.day ?? 1, last));
    if (is) return day;
  }
  return null;
}

/** `On 1 Dec: 1 to 30 Nov 2026`: what it makes next; nothing where it makes none. */
export function nextMade(schedule: Schedule, range: Range, today: string, clock: string): string {
  const day = nextDay(schedule, today, clock);
  const days = day && daysName(daysOf(range, day));
  if (!days) return '';
  const name = dayName(day, day.slice(0, 4) !== today.slice(0, 4));
  const when =
    day === today
      ? 'Today'
      : day === plus(today, 1) && schedule.every === 'daily'
        ? 'Tomorrow'
        : `On ${name}`;
  return `${when}: ${days}`;
}

/** A name to begin with: `Monthly overview`, `Overview, last week`. */
export function suggestName(report: Pick<NewSavedReport, 'range' | 'schedule'>, title = 'Report'): string {
  const lower = title.charAt(0).toLowerCase() + title.slice(1);
  const often = { daily: 'Daily', weekly: 'Weekly', monthly: 'Monthly' } as const;
  if (report.schedule) return `${often[report.schedule.every]} ${lower}`;
  return `${title}, ${rangeWords(report.range)}`;
}

/** The schedule that fits a range: yesterday is asked daily, last week on Mondays, anything longer on the 1st. */
export function suggestSchedule(range: Range): Schedule {
  const base = { at: '07:00', folder: '', on: true };
  if (range === 'yesterday') return { every: 'daily', ...base };
  if (range === 'last_week' || range === 'last_7_days') return { every: 'weekly', weekday: 1, ...base };
  return { every: 'monthly', day: 1, ...base };
}

/** What of it says how it is filtered, each with its name, for chips. `source` is looked up by the caller. */
export function filterWords(
  query: SavedQuestion,
  source: (id: number) => string,
): { key: keyof SavedQuestion; text: string }[] {
  const out: { key: keyof SavedQuestion; text: string }[] = [];
  if (query.source) out.push({ key: 'source', text: source(Number(query.source)) });
  if (query.campaign) out.push({ key: 'campaign', text: `Campaign ${query.campaign}` });
  if (query.rep) out.push({ key: 'rep', text: `Rep ${query.rep}` });
  if (query.tag) out.push({ key: 'tag', text: `Tag ${query.tag}` });
  if (query.stage) out.push({ key: 'stage', text: `Stage ${query.stage.replaceAll('_', ' ')}` });
  if (query.as_of) out.push({ key: 'as_of', text: `As of ${query.as_of.slice(0, 10)}` });
  return out;
}

/** What is wrong with it, by field; nothing where it can be saved. */
export function wrongWith(report: NewSavedReport): Partial<Record<'name' | 'range' | 'at' | 'day', string>> {
  const out: Partial<Record<'name' | 'range' | 'at' | 'day', string>> = {};
  if (!report.name.trim()) out.name = 'Give it a name.';
  const { range, schedule } = report;
  if (typeof range !== 'string') {
    if (!isDay(range.from) || !isDay(range.to)) out.range = 'Choose the first and the last day.';
    else if (range.from > range.to) out.range = 'The last day comes before the first.';
  }
  if (schedule) {
    if (!TIME.test(schedule.at)) out.at = 'Type a time like 07:00.';
    const day = schedule.day ?? 1;
    if (schedule.every === 'monthly' && !(Number.isInteger(day) && day >= 1 && day <= 31))
      out.day = 'A day of the month is 1 to 31.';
  }
  return out;
}
