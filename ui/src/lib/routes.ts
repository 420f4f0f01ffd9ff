/** Pure: addresses of the window, such as `#/leads/12?view=needs`. */

export interface Route {
  room: string;
  /** What follows the room, split at slashes and decoded. */
  path: string[];
  query: URLSearchParams;
}

export function parseHash(hash: string): Route {
  const text = hash.replace(/^#\/?/, '');
  const [path = '', query = ''] = text.split('?', 2) as [string, string?];
  const parts = path
    .split('/')
    .filter(Boolean)
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    });
  return { room: parts[0] ?? '', path: parts.slice(1), query: new URLSearchParams(query) };
}

export function hrefOf(
  room: string,
  path: (string | number)[] = [],
  query: Record<string, string | number | null | undefined> = {},
) {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') search.set(key, String(value));
  }
  const tail = search.toString();
  return `#/${[room, ...path].map((p) => encodeURIComponent(String(p))).join('/')}${tail ? `?${tail}` : ''}`;
}

/** Rooms whose rows are opened one after the other, and come back to. */
const LISTS = ['leads', 'calls', 'reports', 'deliveries'];

/**
 * What a page was opened from. A lead is opened from a list, a search or a report and stays theirs while one steps
 * from lead to lead; any other page is opened from nothing.
 */
export function openedFrom(to: Route, at: Route, hash: string, from: string | null): string | null {
  if (to.room !== 'lead') return null;
  if (at.room === 'lead') return from;
  return LISTS.includes(at.room) ? hash : null;
}
