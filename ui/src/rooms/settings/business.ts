/** The words and rules of the Business page. */
import type { OpeningHours, OpeningSpan } from '../../lib/api';
import { clockTime, weekdayName, weekdays } from '../../lib/locale';

export type Weekday = keyof OpeningHours;

const KEYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const satisfies Weekday[];
export const WEEKDAYS = KEYS.map((key, i) => ({ key, name: weekdayName(i + 1), work: i < 5 }));
/** The same in the person's order. */
export const weekOf = (first?: number) => weekdays(first).map((day) => WEEKDAYS[day - 1]!);

const DAY = 24 * 60;
const two = (n: number) => String(n).padStart(2, '0');

/** `09:00` of minutes from midnight. */
export const timeOf = (minutes: number): string => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

/**
 * Minutes from midnight of a time as people type it: `9`, `9:30`, `0930`, `17.00`, `5pm`, `5:30 p.m.`, `noon`,
 * `midnight`. As an end, midnight is that of the night to come.
 */
export function minutesOf(text: string, end = false): number | undefined {
  const said = text.trim().toLowerCase().replace(/\s+/g, '');
  if (said === 'noon') return 12 * 60;
  if (said === 'midnight') return end ? DAY : 0;
  const match = /^(\d{1,2})(?:[:.h]?(\d{2}))?(a\.?m\.?|p\.?m\.?|h)?$/.exec(said);
  if (!match) return undefined;
  let hours = Number(match[1]);
  const minutes = Number(match[2] ?? 0);
  const half = match[3]?.charAt(0);
  if (half === 'a' || half === 'p') {
    if (hours < 1 || hours > 12) return undefined;
    hours = (hours % 12) + (half === 'p' ? 12 : 0);
  }
  const at = hours * 60 + minutes;
  if (minutes > 59 || at > DAY || (at === DAY && !end)) return undefined;
  return end && at === 0 ? DAY : at;
}

export interface Typed {
  from: string;
  to: string;
}

/** What was typed for a day, as it is to be saved, or what is wrong with it. */
export function readDay(typed: Typed[]): { spans: OpeningSpan[] } | { wrong: string; at: number } {
  const read: { from: number; to: number; at: number }[] = [];
  for (const [at, one] of typed.entries()) {
    const from = minutesOf(one.from);
    const to = minutesOf(one.to, true);
    if (from === undefined || to === undefined) return { wrong: 'Type a time like 9:00 or 5 pm.', at };
    if (from >= to) return { wrong: 'It closes after it opens.', at };
    read.push({ from, to, at });
  }
  read.sort((a, b) => a.from - b.from);
  const out: { from: number; to: number }[] = [];
  for (const one of read) {
    const last = out.at(-1);
    if (last && one.from < last.to) return { wrong: 'Two opening times overlap.', at: one.at };
    if (last && one.from === last.to) last.to = one.to;
    else out.push({ from: one.from, to: one.to });
  }
  return { spans: out.map((one) => ({ from: timeOf(one.from), to: timeOf(one.to) })) };
}

/** The next opening time to offer after those there are. */
export function nextSpan(spans: readonly OpeningSpan[]): OpeningSpan | undefined {
  const last = spans.at(-1);
  if (!last) return { from: '09:00', to: '17:00' };
  const from = (minutesOf(last.to, true) ?? DAY) + 60;
  return from + 60 <= DAY ? { from: timeOf(from), to: timeOf(Math.min(from + 4 * 60, DAY)) } : undefined;
}

const sameDay = (a: readonly OpeningSpan[], b: readonly OpeningSpan[]) =>
  a.length === b.length && a.every((one, i) => one.from === b[i]?.from && one.to === b[i]?.to);

/** `Mon to Fri 09:00 to 17:00, closed on Sat and Sun`, days alike together. */
export function hoursWords(hours: OpeningHours): string {
  const groups: { first: number; last: number; spans: OpeningSpan[] }[] = [];
  for (const [i, day] of WEEKDAYS.entries()) {
    const last = groups.at(-1);
    if (last && sameDay(last.spans, hours[day.key])) last.last = i;
    else groups.push({ first: i, last: i, spans: hours[day.key] });
  }
  const short = (i: number) => weekdayName(i + 1, 'short');
  return groups
    .map(({ first, last, spans }) => {
      const days = first === last ? short(first) : `${short(first)} to ${short(last)}`;
      return `${days} ${spans.length ? spans.map((s) => `${clockTime(s.from)} to ${clockTime(s.to)}`).join(' and ') : 'closed'}`;
    })
    .join(', ');
}

/** `Friday 25 December 2026` */
export function dayWords(day: string): string {
  const at = new Date(`${day}T12:00:00Z`);
  if (Number.isNaN(at.getTime())) return day;
  const words = new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
  return words.format(at).replace(',', '');
}

/** Holidays by year, those to come first. */
export function byYear(days: readonly string[]): { year: string; days: string[] }[] {
  const years = new Map<string, string[]>();
  for (const day of [...days].sort()) {
    const year = day.slice(0, 4);
    years.set(year, [...(years.get(year) ?? []), day]);
  }
  return [...years].map(([year, of]) => ({ year, days: of }));
}

/** What is money somewhere (ISO 4217): the server knows the same. */
export const CURRENCIES =
  'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG'.split(
    ' ',
  );
const OFTEN = ['USD', 'CAD', 'EUR', 'GBP', 'AUD', 'MXN'];

/** Currencies with their names, those asked for most first. */
export function currencies(): { code: string; name: string }[] {
  const names = new Intl.DisplayNames('en', { type: 'currency' });
  const named = CURRENCIES.map((code) => ({ code, name: names.of(code) ?? code }));
  const often = OFTEN.flatMap((code) => named.find((one) => one.code === code) ?? []);
  const rest = named.filter((one) => !OFTEN.includes(one.code));
  return [...often, ...rest.sort((a, b) => a.name.localeCompare(b.name, 'en'))];
}
