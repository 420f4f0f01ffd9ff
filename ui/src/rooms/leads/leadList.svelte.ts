/**
 * The list of leads, shared by the Leads room and the lead page (for "4 of 1,284" and previous/next). Rows are
 * refreshed where they stand; new and moved leads wait until somebody asks for them.
 */
import { untrack } from 'svelte';
import { aborted, api, ApiError, sentence, type LeadFilter, type LeadRow } from '../../lib/api';
import { app, type News } from '../../lib/app.svelte';
import { coalesced } from '../../lib/coalesced';
import { arrivals, countOf, type Arrivals } from '../../lib/arrivals';
import { now } from '../../lib/now.svelte';
import { hrefOf } from '../../lib/router.svelte';
import type { Siblings } from '../../lib/siblings.svelte';
import { fromQuery, toFilter } from './filterChoice';
import { BOOKED_COUNTS, isErased } from '../../lib/labels';
import { hitHref, searchHits } from './searchHits.svelte';

const PAGE = 100;
/** How high a row is, in pixels: as `.row` of the styles. */
export const ROW = 78;
/** Rows changed by one burst that are fetched one by one; more than that reload at the next visit. */
const SINGLES = 20;

export interface View {
  id: string;
  name: string;
  filter: LeadFilter;
  /** What its number counts. */
  counts?: string;
}

export const VIEWS: View[] = [
  { id: 'all', name: 'All', filter: {} },
  { id: 'needs', name: 'Needs me', filter: { needs: 'any' } },
  { id: 'booked', name: 'Booked', filter: { outcome: 'booked' }, counts: BOOKED_COUNTS },
  { id: 'quotes', name: 'Quotes out', filter: { stage: 'quoted' } },
];

class LeadList {
  items = $state.raw<LeadRow[]>([]);
  total = $state<number | null>(null);
  cursor = $state<string | null>(null);
  /** The first page of this filter has not come yet. */
  loading = $state(true);
  more = $state(false);
  error = $state('');
  /** Leads that fit and are not shown yet, and whether shown ones would stand elsewhere. */
  fresh = $state.raw<Arrivals>({ n: 0, more: false });
  moved = $state(0);
  /** How far the list was scrolled, so that Back finds the same row. */
  scrollTop = 0;
  /** How often rows above what is in view went: then `scrollTop` is what keeps it there. */
  shifted = $state(0);

  /** The total when the list was read, for what came since. */
  #before: number | null = null;
  #filter: LeadFilter = {};
  #key: string | null = null;
  #stop: AbortController | null = null;
  #changed = new Set<number>();
  #reading: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    app.onChange((change) => this.#heard(change));
  }

  /** Shows what fits the filter; the same filter again keeps what is there. */
  show(filter: LeadFilter, entering = false) {
    const key = JSON.stringify(filter);
    // What could not be read is asked for again by whoever comes back to it.
    if (key === this.#key && !this.error) {
      if (entering) this.enter();
      return;
    }
    this.#filter = filter;
    this.#key = key;
    this.scrollTop = 0;
    void this.reload();
  }

  /** Somebody comes in from elsewhere: what came meanwhile is no news that waits, it is what there is. */
  enter() {
    this.scrollTop = 0;
    void this.#renew();
  }

  /** Other data are shown from now on: nothing that is listed is there any more. */
  forget() {
    this.#stop?.abort();
    this.#changed.clear();
    this.items = [];
    this.total = this.#before = null;
    this.cursor = null;
    this.fresh = { n: 0, more: false };
    this.moved = 0;
    this.scrollTop = 0;
    this.loading = true;
    if (this.#key !== null) void this.reload();
  }

  reload(): Promise<void> {
    return (this.#reading = this.#reload());
  }

  /** Reads it anew because of news: what is being read is not broken off, but read once more after it. */
  #renew = coalesced(async () => {
    await this.#reading;
    await this.reload();
  });

  async #reload() {
    this.#stop?.abort();
    const stop = (this.#stop = new AbortController());
    this.loading = true;
    this.error = '';
    try {
      const page = await api.leads({ ...this.#filter, limit: PAGE }, stop.signal);
      this.items = page.items;
      this.cursor = page.next_cursor;
      this.total = this.#before = page.total ?? null;
      this.fresh = { n: 0, more: false };
      this.moved = 0;
    } catch (error) {
      if (aborted(error)) return;
      this.items = [];
      this.total = null;
      this.cursor = null;
      this.error = sentence(error);
    }
    this.loading = false;
  }

  async loadMore() {
    if (this.more || !this.cursor || this.loading) return;
    this.more = true;
    const stop = this.#stop;
    try {
      const page = await api.leads({ ...this.#filter, limit: PAGE, cursor: this.cursor }, stop?.signal);
      if (stop !== this.#stop) return;
      const known = new Set(this.items.map((l) => l.id));
      this.items = [...this.items, ...page.items.filter((l) => !known.has(l.id))];
      this.cursor = page.next_cursor;
    } catch (error) {
      if (!aborted(error)) this.cursor = null;
    } finally {
      this.more = false;
    }
  }

  index(id: number): number {
    return this.items.findIndex((l) => l.id === id);
  }

  /** Changes a row where it stands. */
  patch(id: number, change: Partial<LeadRow>) {
    const at = this.index(id);
    if (at < 0) return;
    const items = this.items.slice();
    items[at] = { ...items[at]!, ...change };
    this.items = items;
  }

  /** Takes rows away that are no more; what is in view stays where it is. */
  #drop(gone: ReadonlySet<number>) {
    const left = this.items.filter((l) => !gone.has(l.id));
    const went = this.items.length - left.length;
    if (!went) return;
    const above = this.items.slice(0, Math.floor(this.scrollTop / ROW)).filter((l) => gone.has(l.id)).length;
    this.items = left;
    if (this.total !== null) this.total -= went;
    if (this.#before !== null) this.#before -= went;
    if (above) {
      this.scrollTop -= above * ROW;
      this.shifted++;
    }
  }

  #heard(change: News) {
    if (this.#key === null) return;
    if (change.gone.length) this.#drop(new Set(change.gone));
    if (change.reset || (change.back && this.error)) {
      void this.#renew();
      return;
    }
    for (const id of change.leads) this.#changed.add(id);
    if (!change.leads.length) return;
    // One look at the server for a whole burst.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#lookAgain();
    }, 300);
  }

  async #lookAgain() {
    const changed = [...this.#changed];
    this.#changed.clear();
    if (!this.items.length) {
      if (!this.loading) await this.reload();
      return;
    }
    try {
      const page = await api.leads({ ...this.#filter, limit: PAGE }, this.#stop?.signal);
      const first = new Map(page.items.map((l) => [l.id, l]));
      const shown = new Set(this.items.map((l) => l.id));
      const singles = changed.filter((id) => shown.has(id) && !first.has(id)).slice(0, SINGLES);
      // What was merged into another or erased answers with another lead, or not at all: its row goes.
      const gone = new Set<number>();
      const fetched = await Promise.all(
        singles.map((id) =>
          api.lead(id).catch((error: unknown) => {
            if (error instanceof ApiError && error.code === 'not_found') gone.add(id);
            return null;
          }),
        ),
      );
      const rows = new Map(first);
      for (const [i, lead] of fetched.entries()) {
        if (!lead) continue;
        rows.set(lead.id, lead);
        if (lead.id !== singles[i]) gone.add(singles[i]!);
        // No search finds who was erased: neither they nor their words stay among what one found.
        if (!isErased(lead)) continue;
        if (this.#filter.q) gone.add(lead.id);
        searchHits.drop([lead.id]);
      }
      this.items = this.items.filter((l) => !gone.has(l.id)).map((l) => rows.get(l.id) ?? l);
      // Rows that fit no longer stay until the list is read again, so they are counted with those that do.
      const stayed = page.next_cursor === null ? this.items.filter((l) => !first.has(l.id)).length : 0;
      this.total = page.total === null || page.total === undefined ? this.total : page.total + stayed;
      this.fresh = arrivals({
        page: page.items.map((l) => l.id),
        shown,
        more: page.next_cursor !== null,
        total: page.total ?? null,
        before: this.#before,
      });
      const order = page.items.filter((l) => shown.has(l.id)).map((l) => l.id);
      const now = this.items.map((l) => l.id).filter((id) => first.has(id));
      this.moved = order.filter((id, i) => now[i] !== id && changed.includes(id)).length;
    } catch (error) {
      if (!aborted(error)) changed.forEach((id) => this.#changed.add(id));
    }
  }
}

export const leadList = new LeadList();

/**
 * Lists what an address of the Leads room asks for: leads, and the words that fit its search; what there is now where
 * somebody is `entering` the room.
 */
export function showLeads(query: URLSearchParams, entering = false) {
  const chosen = fromQuery(query);
  const view = VIEWS.find((v) => v.id === chosen.view) ?? VIEWS[0]!;
  const q = query.get('q') ?? '';
  untrack(() => {
    leadList.show(toFilter(chosen, view.filter, q, now.ms), entering);
    searchHits.show(q);
  });
}

/** What `showLeads` lists, as the list that a lead was opened from. */
export function leadsAt(at: string, query: URLSearchParams): Siblings {
  const q = query.get('q') ?? '';
  return q && query.get('in') === 'words'
    ? {
        at,
        noun: 'hit',
        rows: () => searchHits.items.map((hit) => ({ lead: hit.lead_id, href: hitHref(hit, q) })),
        total: () => searchHits.total,
      }
    : {
        at,
        noun: '',
        rows: () => leadList.items.map((lead) => ({ lead: lead.id, href: hrefOf('lead', [lead.id]) })),
        total: () => countOf(leadList.total, leadList.items.length, leadList.cursor !== null),
        more: () => void leadList.loadMore(),
      };
}
