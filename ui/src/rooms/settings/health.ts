/** The words of Health, and where a thing can be mended. */
import type { DoctorItem, Health } from '../../lib/api';

export const healthWord: Record<Health, string> = { ok: 'Fine', warn: 'Look at this', bad: 'Mend this' };

const PLACES: [RegExp, { text: string; href: string }][] = [
  [/^(port|listen|public|reach|tunnel)/, { text: 'Reaching this machine', href: '#/settings/reach' }],
  [/^backup/, { text: 'Open Backups', href: '#/settings/backups' }],
  [/^(gap|gaps)/, { text: 'See the gaps', href: '#/deliveries/gaps' }],
  [/^quarantine/, { text: 'See what waits', href: '#/deliveries?state=quarantined' }],
  [/^(key|keys|signature|silence|source|sources)/, { text: 'Open Sources', href: '#/sources' }],
];

/** The page on which an item can be mended. A source's own item, such as `keys:3`, leads to that source. */
export function placeOf(item: Pick<DoctorItem, 'name'>): { text: string; href: string } | undefined {
  const found = PLACES.find(([names]) => names.test(item.name))?.[1];
  const source = /^(?:keys?|signature|silence|source):(\d+)$/.exec(item.name)?.[1];
  return found && source ? { text: 'Open the source', href: `#/sources/${source}` } : found;
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
