/** The address bar is the only state of where we are: `#/leads/12?view=needs`. */

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

class Router {
  current = $state.raw<Route>(parseHash(location.hash));
  /** Where we were before, so that Back can lead there. */
  previous = $state.raw<string | null>(null);

  constructor() {
    let last = location.hash;
    addEventListener('hashchange', () => {
      this.previous = last;
      last = location.hash;
      this.current = parseHash(location.hash);
    });
  }

  go(href: string, { replace = false } = {}) {
    if (replace) {
      history.replaceState(null, '', href);
      this.current = parseHash(href);
    } else {
      location.hash = href;
    }
  }
}

export const router = new Router();
