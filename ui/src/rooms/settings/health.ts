/** The words of Health, and where a thing can be mended. */
import type { DoctorItem, Health } from '../../lib/api';

export const healthWord: Record<Health, string> = { ok: 'Fine', warn: 'Look at this', bad: 'Mend this' };

const REACH = { text: 'Reaching this machine', href: '#/settings/reach' };
const SOURCES = { text: 'Open Sources', href: '#/sources' };
const GAPS = { text: 'See the gaps', href: '#/deliveries/gaps' };

/** By the name of an item, or by what stands before the number of its source. */
const PLACES: Record<string, { text: string; href: string }> = {
  port: REACH,
  public_address: REACH,
  reach: REACH,
  backup: { text: 'Open Backups', href: '#/settings/backups' },
  gaps: GAPS,
  quarantine: { text: 'See what waits', href: '#/deliveries?state=quarantined' },
  keys: SOURCES,
  silence: SOURCES,
};

/** The page on which an item can be mended. A source's own item, such as `keys:3`, leads to that source. */
export function placeOf(item: Pick<DoctorItem, 'name'>): { text: string; href: string } | undefined {
  const [name = '', source] = item.name.split(':');
  const place = PLACES[name];
  return place === SOURCES && source ? { text: 'Open the source', href: `#/sources/${source}` } : place;
}

/** What needs doing first, in the order it was said. */
export function worstFirst(items: DoctorItem[]): DoctorItem[] {
  const rank: Record<Health, number> = { bad: 0, warn: 1, ok: 2 };
  return items
    .map((item, at) => ({ item, at }))
    .sort((a, b) => rank[a.item.state] - rank[b.item.state] || a.at - b.at)
    .map(({ item }) => item);
}

/** `All 9 checks are fine.`, `1 thing to mend, 2 to look at. 6 are fine.` */
export function verdict(items: DoctorItem[]): { tone: Health; text: string } {
  const n = (state: Health) => items.filter((i) => i.state === state).length;
  const [bad, warn, ok] = [n('bad'), n('warn'), n('ok')];
  if (!bad && !warn)
    return { tone: 'ok', text: items.length === 1 ? 'It is fine.' : `All ${ok} checks are fine.` };
  const mend = bad ? `${bad} ${bad === 1 ? 'thing' : 'things'} to mend` : '';
  const look = warn ? `${warn}${bad ? '' : warn === 1 ? ' thing' : ' things'} to look at` : '';
  const rest = ok ? ` ${ok} ${ok === 1 ? 'is' : 'are'} fine.` : '';
  return { tone: bad ? 'bad' : 'warn', text: `${[mend, look].filter(Boolean).join(', ')}.${rest}` };
}
