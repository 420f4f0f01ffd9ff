/** Time zones by their IANA names, found by what people call them. */

/** What people call zones that are named after another place, or by letters. */
const CALLED: Record<string, string> = {
  'America/New_York': 'eastern us est edt atlanta boston miami',
  'America/Chicago': 'central us cst cdt dallas houston',
  'America/Denver': 'mountain us mst mdt',
  'America/Phoenix': 'arizona mst',
  'America/Los_Angeles': 'pacific us pst pdt san francisco seattle',
  'America/Anchorage': 'alaska akst',
  'Pacific/Honolulu': 'hawaii hst',
  'Europe/London': 'uk england gmt bst',
  'Europe/Berlin': 'germany cet cest',
  'Asia/Kolkata': 'india ist mumbai delhi',
  UTC: 'universal gmt zulu',
};

/** From a moment on, clocks are so far from UTC. */
export interface Offset {
  /** Milliseconds since the epoch. */
  from: number;
  /** Ahead of UTC; less than 0 west of it. */
  seconds: number;
  /** `EDT`; nothing where it is only called by its number. */
  name: string | null;
}
/** How the clocks of a zone go, the oldest first; each counts until the next. */
export type Table = readonly Offset[];

/** What counts at a moment; before the first that is known, the first. */
export function usable(table: Table, at: number): Offset | undefined {
  let [low, high] = [0, table.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((table[middle]?.from ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return table[Math.max(low - 1, 0)];
}

/** `New York` of `America/New_York`. */
export const zonePlace = (zone: string): string => zone.replace(/^.*\//, '').replaceAll('_', ' ');

/** `GMT−4`, `GMT+5:45`, `GMT` of seconds ahead of UTC. */
export function offsetWords(seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60);
  if (!minutes) return 'GMT';
  const rest = minutes % 60 ? `:${String(minutes % 60).padStart(2, '0')}` : '';
  return `GMT${seconds < 0 ? '−' : '+'}${Math.floor(minutes / 60)}${rest}`;
}

const plain = (text: string) =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[_/−-]+/g, ' ')
    .trim();

/** Those whose name, place or common name has every word that was typed; what begins with it comes first. */
export function findZones(typed: string, from: readonly string[]): string[] {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  if (!words.length) return [...from];
  const rank = (zone: string): number | undefined => {
    const place = plain(zonePlace(zone));
    const text = ` ${plain(zone)} ${CALLED[zone] ?? ''}`;
    if (!words.every((word) => text.includes(` ${word}`))) {
      return words.every((word) => text.includes(word)) ? 3 : undefined;
    }
    return place.startsWith(words.join(' ')) ? 0 : CALLED[zone] ? 1 : 2;
  };
  return from
    .map((zone) => ({ zone, rank: rank(zone) }))
    .filter((one): one is { zone: string; rank: number } => one.rank !== undefined)
    .sort((a, b) => a.rank - b.rank)
    .map((one) => one.zone);
}
