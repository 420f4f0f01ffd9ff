/** What was said and written that fits the search, shared by the Leads room and the lead page. */
import { aborted, api, type SearchHit } from '../../lib/api';
import { count } from '../../lib/format';
import { atLeast } from '../../lib/arrivals';
import { hrefOf } from '../../lib/router.svelte';

/** Where a hit is: the entry, and the words to mark in it. */
export const hitHref = (hit: SearchHit, q: string) =>
  hrefOf('lead', [hit.lead_id], { entry: hit.entry, q: hit.entry ? q : '' });

class SearchHits {
  items = $state.raw<SearchHit[]>([]);
  /** How many there are, in words: common words are not counted to the end. */
  total = $state('');
  /** What was asked for has not come yet. */
  loading = $state(false);
  /** What they were looked for by. */
  q = $state('');
  #stop: AbortController | null = null;

  /** Shows what fits; the same words again keep what is there. */
  show(q: string) {
    if (q === this.q) return;
    this.#stop?.abort();
    this.q = q;
    if (!q) {
      this.items = [];
      this.total = '';
      this.loading = false;
      return;
    }
    const stop = (this.#stop = new AbortController());
    this.loading = true;
    api.search(q, 50, stop.signal).then(
      (found) => {
        if (stop.signal.aborted) return;
        this.items = found.items.filter((h) => h.kind !== 'person');
        // People among what was found are listed on their own: then the total counts more than the words.
        const people = this.items.length < found.items.length;
        this.total = people
          ? atLeast(this.items.length, found.total > found.items.length)
          : count(found.total);
        this.loading = false;
      },
      (error) => {
        if (aborted(error) || stop.signal.aborted) return;
        // Asked again when the same words come again.
        this.q = '';
        this.items = [];
        this.total = '';
        this.loading = false;
      },
    );
  }

  /** Other data are shown from now on: the same words are looked for in those. */
  forget() {
    const { q } = this;
    this.q = '';
    this.items = [];
    this.total = '';
    this.show(q);
  }

  /** Leads are no more: what hit them is looked for again. */
  drop(gone: readonly number[]) {
    if (!this.items.some((hit) => gone.includes(hit.lead_id))) return;
    const { q } = this;
    this.q = '';
    this.show(q);
  }
}

export const searchHits = new SearchHits();
