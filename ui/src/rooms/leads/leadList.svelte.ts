/**
 * The list of leads, shared by the Leads room and the lead page (for "4 of 1,284" and previous/next). Rows are
 * refreshed where they stand; new and moved leads wait until somebody asks for them.
 */
import { untrack } from 'svelte';
import { api, ApiError, type LeadFilter, type LeadRow } from '../../lib/api';
import { app, type News } from '../../lib/app.svelte';
import { countOf, type Arrivals } from '../../lib/arrivals';
import { now } from '../../lib/now.svelte';
import { Paged } from '../../lib/paged.svelte';
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
  /** The pages of what is asked for; rows of another question go once its own are here, or cannot be read. */
  readonly pages = new Paged<LeadRow>(
    (paging, signal) => api.leads({ ...this.#filter, ...paging }, signal),
    PAGE,
  );
  /** How many of those that are shown would stand elsewhere. */
  moved = $state(0);
  /** How far the list was scrolled, so that Back finds the same row. */
  scrollTop = 0;
  /** How often rows above what is in view went: then `scrollTop` is what keeps it there. */
  shifted = $state(0);

  #filter: LeadFilter = {};
  #key: string | null = null;
  #changed = new Set<number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    app.onChange((change) => this.#heard(change));
  }

  get items(): LeadRow[] {
    return this.pages.items;
  }
  /** The first page of this filter has not come yet. */
  get loading(): boolean {
    return this.pages.loading || !(this.pages.loaded || this.pages.error);
  }
  /** Leads that fit and are not shown yet. */
  get fresh(): Arrivals {
    return { n: this.pages.waiting, more: this.pages.waitingMore };
  }

  /** Shows what fits the filter; the same filter again keeps what is there. */
  show(filter: LeadFilter, entering = false) {
    const key = JSON.stringify(filter);
    // What could not be read is asked for again by whoever comes back to it.
    if (key === this.#key && !this.pages.error) {
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
    void this.#settle(this.pages.renew());
  }

  /** Other data are shown from now on: nothing that is listed is there any more. */
  forget() {
    this.#changed.clear();
    this.pages.clear();
    this.moved = 0;
    this.scrollTop = 0;
    if (this.#key !== null) void this.reload();
  }

  reload(): Promise<void> {
    return this.#settle(this.pages.load());
  }

  async #settle(read: Promise<void>) {
    await read;
    if (this.pages.loading) return;
    const { error } = this.pages;
    this.moved = 0;
    if (!error) return;
    // What is shown must not be taken for the answer to what could not be read.
    this.pages.clear();
    this.pages.error = error;
  }

  index(id: number): number {
    return this.items.findIndex((l) => l.id === id);
  }

  /** Changes a row where it stands. */
  patch(id: number, change: Partial<LeadRow>) {
    this.pages.update((lead) => (lead.id === id ? { ...lead, ...change } : lead));
  }

  /** Takes rows away that are no more; what is in view stays where it is. */
  #drop(gone: ReadonlySet<number>) {
    const above = this.items.slice(0, Math.floor(this.scrollTop / ROW)).filter((l) => gone.has(l.id)).length;
    this.pages.drop((lead) => gone.has(lead.id));
    if (above) {
      this.scrollTop -= above * ROW;
      this.shifted++;
    }
  }

  #heard(change: News) {
    if (this.#key === null) return;
    if (change.gone.length) this.#drop(new Set(change.gone));
    if (change.reset || (change.back && this.pages.error)) {
      void this.#settle(this.pages.renew());
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
    const { pages } = this;
    const shown = new Set(this.items.map((l) => l.id));
    const before = pages.head;
    await pages.peek(false);
    const page = pages.head;
    // It was not read: the next change asks for these too.
    if (!page || page === before) {
      for (const id of changed) this.#changed.add(id);
      return;
    }
    const first = new Set(page.items.map((l) => l.id));
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
    const rows = new Map<number, LeadRow>();
    for (const [i, lead] of fetched.entries()) {
      if (!lead) continue;
      rows.set(lead.id, lead);
      if (lead.id !== singles[i]) gone.add(singles[i]!);
      // No search finds who was erased: neither they nor their words stay among what one found.
      if (!isErased(lead)) continue;
      if (this.#filter.q) gone.add(lead.id);
      searchHits.drop([lead.id]);
    }
    if (pages.head !== page) return;
    pages.items = this.items.filter((l) => !gone.has(l.id)).map((l) => rows.get(l.id) ?? l);
    // Rows that fit no longer stay until the list is read again, so they are counted with those that do.
    const stayed = page.next_cursor === null ? this.items.filter((l) => !first.has(l.id)).length : 0;
    if (page.total !== null && page.total !== undefined) pages.total = page.total + stayed;
    const order = page.items.filter((l) => shown.has(l.id)).map((l) => l.id);
    const now = this.items.map((l) => l.id).filter((id) => first.has(id));
    this.moved = order.filter((id, i) => now[i] !== id && changed.includes(id)).length;
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
        total: () => countOf(leadList.pages.total, leadList.items.length, !leadList.pages.ended),
        more: () => void leadList.pages.more(),
      };
}
