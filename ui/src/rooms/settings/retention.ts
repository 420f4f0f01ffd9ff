/** The words of Erasing: how long things are kept, and what a rule would take. */
import type { Expiring } from '../../lib/api';
import { listed, plural } from '../../lib/format';

/** Days a source's history is kept; 0 keeps everything. */
export const AGES: { days: number; name: string }[] = [
  { days: 0, name: 'Keep everything' },
  { days: 90, name: '3 months' },
  { days: 180, name: '6 months' },
  { days: 365, name: '1 year' },
  { days: 730, name: '2 years' },
  { days: 1095, name: '3 years' },
  { days: 1825, name: '5 years' },
  { days: 2555, name: '7 years' },
  { days: 3650, name: '10 years' },
];

/** `2 years`; days that are not on the list by their number. */
export function ageName(days: number): string {
  return AGES.find((a) => a.days === days)?.name ?? plural(days, 'day');
}

/** The list, with the owner's own number where a script set another. */
export function agesWith(days: number): { days: number; name: string }[] {
  return AGES.some((a) => a.days === days)
    ? AGES
    : [...AGES, { days, name: ageName(days) }].sort((a, b) => a.days - b.days);
}

/** `1,204 events of 96 leads and their 1,310 deliveries` */
export function agedWords(aged: Pick<Expiring, 'events' | 'deliveries' | 'leads'>): string {
  if (!aged.events && !aged.deliveries) return 'Nothing is that old yet.';
  const parts = [plural(aged.events, 'event')];
  if (aged.deliveries) parts.push(plural(aged.deliveries, 'raw message'));
  return `${listed(parts)} of ${plural(aged.leads, 'lead')} would be erased now.`;
}
