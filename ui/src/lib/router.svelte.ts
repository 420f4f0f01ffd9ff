/** The address bar is the only state of where we are. */
import { openedFrom, parseHash, type Route } from './routes';

export { hrefOf, parseHash, type Route } from './routes';

/** What a page gets of its address: what follows its name. */
export interface RoomProps {
  path: string[];
  query: URLSearchParams;
}

const keptFrom = (): string | null => {
  const state: unknown = history.state;
  const from = typeof state === 'object' && state !== null && 'from' in state ? state.from : null;
  return typeof from === 'string' && from.startsWith('#/') ? from : null;
};

class Router {
  current = $state.raw<Route>(parseHash(location.hash));
  /** Where we were before, so that the focus can go back there. */
  previous = $state.raw<string | null>(null);
  /** What that page in turn was opened from. */
  previousFrom = $state.raw<string | null>(null);
  /** The address of what the lead on screen was opened from; kept with the page in the history, over a reload too. */
  from = $state.raw<string | null>(keptFrom());
  #hash = location.hash;

  constructor() {
    // Back, Forward, and an address typed by hand. Either event may come first, and only one of them.
    const heard = () => {
      if (location.hash !== this.#hash) this.#arrive(location.hash, keptFrom());
    };
    addEventListener('popstate', heard);
    addEventListener('hashchange', heard);
    // A link within the window goes there in the same turn, so that the next key finds the new page.
    addEventListener('click', (event) => {
      if (event.defaultPrevented || event.button !== 0) return;
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      const link = (event.target as Element | null)?.closest?.('a[href]');
      const href = link?.getAttribute('href');
      if (!href?.startsWith('#/') || link?.hasAttribute('target')) return;
      event.preventDefault();
      this.go(href);
    });
  }

  #arrive(hash: string, from: string | null) {
    this.previous = this.#hash;
    this.previousFrom = this.from;
    this.#hash = hash;
    this.from = from;
    this.current = parseHash(hash);
  }

  /** Goes there at once: the address is changed and known before this returns. */
  go(href: string, { replace = false } = {}) {
    if (href === this.#hash) return;
    const from = openedFrom(parseHash(href), this.current, this.#hash, this.from);
    const state = from === null ? null : { from };
    if (replace) {
      history.replaceState(state, '', href);
      this.#hash = href;
      this.from = from;
      this.current = parseHash(href);
    } else {
      history.pushState(state, '', href);
      this.#arrive(href, from);
    }
  }
}

export const router = new Router();
