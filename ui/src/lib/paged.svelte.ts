/** A long list read page by page, newest first, that never moves rows under the pointer by itself. */
import { aborted, type Page } from './api';
import { coalesced } from './coalesced';
import { arrivals } from './arrivals';

export type Fetch<T> = (paging: { cursor?: string; limit: number }, signal: AbortSignal) => Promise<Page<T>>;

export class Paged<T extends { id: string | number }> {
  items = $state.raw<T[]>([]);
  total = $state<number | null>(null);
  /** Rows that arrived since and wait at the top. */
  waiting = $state(0);
  /** There may be more of them. */
  waitingMore = $state(false);
  /** The first page is being read. */
  loading = $state(false);
  /** The first page was read at least once. */
  loaded = $state(false);
  /** What went wrong with the latest read; what is shown stays. */
  error = $state.raw<unknown>(null);
  #cursor: string | null = null;
  /** The total when the rows on screen were read, for what came since. */
  #before: number | null = null;
  #more = false;
  #head: Page<T> | null = null;
  #calls = new AbortController();
  /** The read of the first page that is under way. */
  #reading: Promise<void> = Promise.resolve();
  #now = false;

  constructor(
    private fetch: Fetch<T>,
    private limit = 100,
  ) {}

  get ended(): boolean {
    return this.#cursor === null;
  }

  /** The first page as a look for news found it last; rows that are not on screen wait in it. */
  get head(): Page<T> | null {
    return this.#head;
  }

  /** Reads the list from its top, as somebody asked for it; rows on screen stay until the new ones are here. */
  load(): Promise<void> {
    return (this.#reading = this.#load());
  }

  /** Reads it from its top because of news: what is being read is not broken off, but read once more after it. */
  renew = coalesced(async () => {
    await this.#reading;
    await this.load();
  });

  async #load() {
    this.#calls.abort();
    const calls = (this.#calls = new AbortController());
    this.#more = false;
    this.loading = true;
    try {
      const page = await this.fetch({ limit: this.limit }, calls.signal);
      if (calls.signal.aborted) return;
      this.#take(page);
    } catch (error) {
      if (!aborted(error) && !calls.signal.aborted) this.error = error;
    } finally {
      if (!calls.signal.aborted) this.loading = false;
    }
  }

  #take(page: Page<T>) {
    this.items = page.items;
    this.total = this.#before = page.total ?? null;
    this.#cursor = page.next_cursor;
    this.#head = null;
    this.waiting = 0;
    this.waitingMore = false;
    this.loaded = true;
    this.error = null;
  }

  /** Reads the next page, if there is one. */
  async more() {
    if (this.#more || this.loading || this.#cursor === null) return;
    this.#more = true;
    // A list that was left is still read on from the page of one of its rows.
    if (this.#calls.signal.aborted) this.#calls = new AbortController();
    const calls = this.#calls;
    try {
      const page = await this.fetch({ cursor: this.#cursor, limit: this.limit }, calls.signal);
      if (calls.signal.aborted) return;
      const known = new Set(this.items.map((i) => i.id));
      this.items = [...this.items, ...page.items.filter((i) => !known.has(i.id))];
      this.#cursor = page.next_cursor;
      this.error = null;
    } catch (error) {
      if (!aborted(error) && !calls.signal.aborted) this.error = error;
    } finally {
      if (calls === this.#calls) this.#more = false;
    }
  }

  /**
   * Looks for news. Rows already here change in place; new ones come in at once if `now`, else they wait behind
   * a count.
   */
  async peek(now: boolean) {
    if (!this.loaded || this.loading) return;
    this.#now = now;
    await this.#peek();
  }

  #peek = coalesced(async () => {
    const calls = this.#calls;
    try {
      const page = await this.fetch({ limit: this.limit }, calls.signal);
      if (calls.signal.aborted) return;
      const fresh = new Map(page.items.map((i) => [i.id, i]));
      const known = new Set(this.items.map((i) => i.id));
      this.#head = page;
      const came = arrivals({
        page: page.items.map((i) => i.id),
        shown: known,
        more: page.next_cursor !== null,
        total: page.total ?? null,
        before: this.#before,
      });
      this.waiting = came.n;
      this.waitingMore = came.more;
      this.items = this.items.map((i) => fresh.get(i.id) ?? i);
      this.total = page.total ?? this.total;
      if (this.waiting && (this.#now || !this.items.length)) this.showWaiting();
    } catch {
      // The next change asks again.
    }
  });

  /**
   * Takes away what is no more, as far down as rows are shown; new ones go on waiting. For changes that make rows
   * vanish, which a look at the first page would not find.
   */
  thin = coalesced(async () => {
    await this.#reading;
    if (!this.loaded || !this.items.length) return;
    const calls = this.#calls;
    try {
      const known = new Set(this.items.map((i) => i.id));
      const read: T[] = [];
      let cursor: string | null = null;
      let total: number | null = null;
      for (let left = Math.ceil(known.size / this.limit) + 1; left > 0; left--) {
        const page: Page<T> = await this.fetch(
          { ...(cursor ? { cursor } : {}), limit: this.limit },
          calls.signal,
        );
        if (calls.signal.aborted) return;
        if (!cursor) total = page.total ?? null;
        read.push(...page.items);
        cursor = page.next_cursor;
        if (!cursor) break;
      }
      const last = read.findLastIndex((i) => known.has(i.id));
      const before = this.items.length;
      this.items = read.filter((i, at) => known.has(i.id) || at > last);
      this.#cursor = cursor;
      this.#head = null;
      this.waiting = 0;
      this.waitingMore = false;
      if (this.#before !== null) this.#before -= Math.max(0, before - this.items.length);
      this.total = total;
    } catch {
      // The next change asks again.
    }
  });

  /** Puts the waiting rows on top. */
  showWaiting() {
    const page = this.#head;
    if (!page) return;
    const head = new Set(page.items.map((i) => i.id));
    const rest = this.items.filter((i) => !head.has(i.id));
    // More news than a page: what lies between is not known, so the list begins anew.
    if (rest.length === this.items.length && page.next_cursor !== null) {
      this.#take(page);
      return;
    }
    this.items = [...page.items, ...rest];
    this.#head = null;
    this.waiting = 0;
    this.waitingMore = false;
    this.#before = this.total;
  }

  /** Changes rows where they stand. */
  update(change: (item: T) => T) {
    this.items = this.items.map(change);
  }

  /** Takes rows away that are no more. */
  drop(gone: (item: T) => boolean) {
    const left = this.items.filter((item) => !gone(item));
    const went = this.items.length - left.length;
    if (!went) return;
    this.items = left;
    if (this.total !== null) this.total -= went;
    if (this.#before !== null) this.#before -= went;
  }

  /** Nothing that is listed is there any more. */
  clear() {
    this.#calls.abort();
    this.items = [];
    this.total = this.#before = null;
    this.#cursor = null;
    this.#head = null;
    this.waiting = 0;
    this.waitingMore = false;
    this.loaded = this.loading = false;
    this.error = null;
  }

  stop() {
    this.#calls.abort();
  }
}
