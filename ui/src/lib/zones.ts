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

let all: string[] | undefined;

/** All names this browser knows, with UTC. */
export function zones(): string[] {
  all ??= [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];
  return all;
}

/** `New York` of `America/New_York`. */
export const zonePlace = (zone: string): string => zone.replace(/^.*\//, '').replaceAll('_', ' ');

/** `GMT−4`, at that moment; nothing for a name the browser does not know. */
export function zoneOffset(zone: string, at: number): string {
  try {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'shortOffset' });
    return (parts.formatToParts(at).find((p) => p.type === 'timeZoneName')?.value ?? '').replace('-', '−');
  } catch {
    return '';
  }
}

const plain = (text: string) =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[_/−-]+/g, ' ')
    .trim();

/** Those whose name, place or common name has every word that was typed; what begins with it comes first. */
export function findZones(typed: string, from: readonly string[] = zones()): string[] {
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
