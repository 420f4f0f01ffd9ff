/**
 * How the person's locale has it. The words of the window are English, whoever reads them; the clock goes to 12 or 24
 * hours, and the week begins, as the person is used to.
 */

export type HourCycle = 'h12' | 'h23';

const person = (): string => (typeof navigator === 'undefined' ? '' : navigator.language) || 'en-GB';

/** Asked for each time that is written, and slow to find out. */
const hourCycles = new Map<string, HourCycle>();

/** A clock of twelve hours, or of twenty-four. */
export function hourCycle(locale = person()): HourCycle {
  let cycle = hourCycles.get(locale);
  if (!cycle) {
    cycle = hourCycleOf(locale);
    hourCycles.set(locale, cycle);
  }
  return cycle;
}

function hourCycleOf(locale: string): HourCycle {
  try {
    const { hourCycle } = new Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions();
    return hourCycle === 'h11' || hourCycle === 'h12' ? 'h12' : 'h23';
  } catch {
    return 'h23';
  }
}

type WeekInfo = { firstDay?: number };
/** Where weeks do not begin on Monday (CLDR), for a browser that does not say itself. */
const SUNDAY =
  'AG AS AU BD BR BS BT BW BZ CA CN CO DM DO ET GT GU HK HN ID IL IN JM JP KE KH KR LA MH MM MO MT MX MZ NI NP PA PE PH PK PR PT PY SA SG SV TH TT TW UM US VE VI WS YE ZA ZW';
const SATURDAY = 'AE AF BH DJ DZ EG IQ IR JO KW LY OM QA SD SY';

/** The day a week begins on: 1 is Monday, 7 is Sunday. */
export function firstWeekday(locale = person()): number {
  try {
    const known = new Intl.Locale(locale) as Intl.Locale & {
      weekInfo?: WeekInfo;
      getWeekInfo?: () => WeekInfo;
    };
    const said = (known.getWeekInfo?.() ?? known.weekInfo)?.firstDay;
    if (said) return said;
    const region = known.maximize().region ?? '';
    return SUNDAY.split(' ').includes(region) ? 7 : SATURDAY.split(' ').includes(region) ? 6 : 1;
  } catch {
    return 1;
  }
}

/** The days of a week in the person's order: 1 is Monday. */
export function weekdays(first = firstWeekday()): number[] {
  return Array.from({ length: 7 }, (_, n) => ((first - 1 + n) % 7) + 1);
}

/** Days before months, in English. What the browser's British calls `Sept` is `Sep`, as in every file. */
export function written(format: Intl.DateTimeFormat, at: number): string {
  const parts = format.formatToParts(at);
  return parts.map(({ type, value }) => (type === 'month' && value === 'Sept' ? 'Sep' : value)).join('');
}

const inUtc = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' });
const longDay = inUtc({ weekday: 'long' });
const shortDay = inUtc({ weekday: 'short' });

/** `Monday`, `Mon`: 1 is Monday. */
export function weekdayName(day: number, length: 'long' | 'short' = 'long'): string {
  // 5 January 1970 was a Monday.
  return (length === 'long' ? longDay : shortDay).format(Date.UTC(1970, 0, 4 + day));
}

/** A time of the day, `18:30`, as the person's clock has it: `18:30` or `6:30 pm`. What is none stays. */
export function clockTime(time: string, cycle = hourCycle()): string {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(time) ?? [];
  if (!hours || !minutes || (cycle === 'h23' && Number(hours) <= 24)) return time;
  return inUtc({ hour: 'numeric', minute: '2-digit', hourCycle: cycle }).format(
    Date.UTC(1970, 0, 1, Number(hours), Number(minutes)),
  );
}
