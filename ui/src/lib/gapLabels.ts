/** Gaps in words for people: what happened, who does not send again, what there is to import. */
import type { GapReason, GapSource } from './api';
import { dayKey, hourMinute, lasting, listed, ms, shortDay } from './format';

const WHY: Record<GapReason, string> = {
  asleep: 'Laptop asleep',
  shutdown: 'Leadtrail closed',
  crash: 'Leadtrail stopped',
  not_listening: 'Not listening',
};

/** What the period was, as a title: "Laptop asleep". */
export const gapTitle = (gap: { why: GapReason }): string => WHY[gap.why];

/** `22:10 to 07:42`; with days where it is longer than a night or its day cannot be told from beside it. */
export function gapTimes(
  gap: { from: string; to: string },
  now: number,
  { days = false, zone }: { days?: boolean; zone?: string } = {},
): string {
  const { from, to } = gap;
  const long = ms(to) - ms(from) >= 24 * 3_600_000;
  const same = dayKey(from, zone) === dayKey(to, zone);
  const hours = (first: string) => {
    const last = hourMinute(to, zone);
    return same && first === last ? first : `${first} to ${last}`;
  };
  if (!long && !days) return hours(hourMinute(from, zone));
  const day = (time: string) =>
    dayKey(time, zone) === dayKey(now, zone) ? 'today' : shortDay(time, now, zone);
  const first = `${day(from)}, ${hourMinute(from, zone)}`;
  const text = same
    ? `${day(from)}, ${hours(hourMinute(from, zone))}`
    : `${first} to ${day(to)}, ${hourMinute(to, zone)}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** How long it was: `9 h 32 min`. */
export const gapLength = (gap: { from: string; to: string }) => lasting(ms(gap.to) - ms(gap.from));

export const openSources = (gap: { sources?: GapSource[] }) =>
  (gap.sources ?? []).filter((s) => s.state === 'open');

/** The second sentence: `CallRail does not resend.` Names by `nameOf`. */
export function gapNote(gap: { sources?: GapSource[] }, nameOf: (source: number) => string): string {
  const open = openSources(gap);
  const names = (some: GapSource[]) => [...new Set(some.map((s) => nameOf(s.source)).filter(Boolean))];
  const never = names(open.filter((s) => !s.resends));
  if (never.length) return `${few(never)} ${never.length === 1 ? 'does' : 'do'} not resend.`;
  const late = names(open);
  if (late.length) return `${few(late)} may not have sent everything again.`;
  const all = gap.sources ?? [];
  if (!all.length) return '';
  if (all.every((s) => s.state === 'resent')) {
    // Whether anything was sent in it is not known: only that it would be sent again.
    const again = names(all);
    return again.length
      ? `${few(again)} ${again.length === 1 ? 'sends' : 'send'} again for longer than that.`
      : '';
  }
  if (all.some((s) => s.state === 'imported')) return 'An import closed it.';
  return 'Closed by hand.';
}

function few(names: string[]): string {
  return names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} others` : listed(names);
}

/** What the way to fill it is called. */
export function gapAction(gap: { sources?: GapSource[] }) {
  const calls = openSources(gap).every((s) =>
    ['callrail', 'curious-thing', 'telmetrics'].includes(s.provider),
  );
  return calls ? 'Import the missing calls' : 'Import what was missed';
}

/** How it stands for one source. */
export function standing(one: GapSource): { text: string; tone: '' | 'warn' | 'good' } {
  switch (one.state) {
    case 'imported':
      return { text: 'Imported', tone: 'good' };
    case 'dismissed':
      return { text: 'Closed by hand', tone: '' };
    case 'resent':
      return { text: 'Sends again for longer than that', tone: '' };
    case 'open':
      return one.resends
        ? { text: 'May not have sent everything again', tone: 'warn' }
        : { text: 'Does not resend', tone: 'warn' };
  }
}
