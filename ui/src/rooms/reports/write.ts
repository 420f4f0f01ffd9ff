/** How figures are written: as in the files (`figures/words.rs`), so that window and paper say the same. */
import type { Cell, Unit } from '../../lib/api/reports';
import { count, daysLasting, inZone, ms, plural } from '../../lib/format';
import { money } from '../../lib/money';
import { zoneRules } from '../../lib/zoneRules.svelte';

/** What stands where there is nothing to work a figure out from. */
export const NOTHING = '–';

/** `83%`; below ten with one decimal where it has one: `4.5%`. */
export function percent(value: number): string {
  const tenths = Math.round(value * 10) / 10;
  return Math.abs(tenths) < 10 && Math.abs(tenths % 1) > 0.04
    ? `${tenths.toFixed(1)}%`
    : `${Math.round(value)}%`;
}

/** `40 s`, `4 min`, `4 h 45 min`, `3 days 4 h`, `40 days`, `8 years 9 months`. Never rounded up: 4:59 is not 5 minutes. */
export function wait(seconds: number): string {
  const s = Math.max(0, Math.trunc(seconds));
  const minutes = Math.floor(s / 60);
  const hours = Math.floor(s / 3600);
  if (s < 60) return `${s} s`;
  if (minutes < 60) return `${minutes} min`;
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 && days < 7 ? `${plural(days, 'day')} ${hours % 24} h` : daysLasting(days);
}

export function written(value: number | null | undefined, unit: Unit, currency: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  if (unit === 'cents') return money(value, currency);
  if (unit === 'seconds') return wait(value);
  if (unit === 'percent') return percent(value);
  return count(Math.round(value));
}

export interface Change {
  /** `+12%`, `+4 pts`, `−3 min`, `+7`, `no change`. */
  text: string;
  was: string;
  /** Whether that is good news; `null` where it did not move, or nobody says which way is better. */
  better: boolean | null;
}

/** How a figure moved; `null` where it is compared with nothing. Counts from a hundred up, and money, in per cent. */
export function change(cell: Cell, good: string, currency: string): Change | null {
  if (cell.was === null || cell.was === undefined) return null;
  const was = written(cell.was, cell.unit, currency);
  if (cell.value === null) return { text: '', was, better: null };
  const by = cell.value - cell.was;
  const share = () => percent(Math.abs((by / cell.was!) * 100));
  let size: string;
  if (cell.unit === 'percent') {
    const points = percent(Math.abs(by)).replace('%', '');
    size = `${points} ${points === '1' ? 'pt' : 'pts'}`;
  } else if (cell.unit === 'seconds') size = wait(Math.abs(by));
  else if (cell.unit === 'cents') size = cell.was ? share() : money(Math.abs(by), currency);
  else size = Math.abs(cell.was) >= 100 ? share() : count(Math.round(Math.abs(by)));
  // What is written as nothing is neither better nor worse.
  if (!/[1-9]/.test(size)) return { text: 'no change', was, better: null };
  const better = good === 'up' ? by > 0 : good === 'down' ? by < 0 : null;
  return { text: `${by < 0 ? '−' : '+'}${size}`, was, better };
}

/** `New York time (EDT)`; `UTC`. */
export function zoneName(zone: string, at: string | number): string {
  const place = zone.split('/').pop() ?? zone;
  if (!zone.includes('/') || zone.startsWith('Etc/')) return place;
  const short = zoneRules.at(zone, ms(at))?.name;
  const name = `${place.replace(/_/g, ' ')} time`;
  return short ? `${name} (${short})` : name;
}

/** `26 Mar 2026, 09:14`, in the zone of the report. */
export const momentIn = (at: string, zone: string): string =>
  inZone(
    { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' },
    ms(at),
    zone,
  );
