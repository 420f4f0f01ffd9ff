/** One lead and its whole story, kept fresh while it is on screen. Old content stays while new is fetched. */
import { untrack } from 'svelte';
import {
  aborted,
  api,
  ApiError,
  sentence,
  type Entry,
  type LeadDetail,
  type Outcome,
  type Timeline,
} from '../../lib/api';
import { app } from '../../lib/app.svelte';
import { oneLine } from '../../lib/text';
import { toasts, undoable } from '../../lib/toasts.svelte';
import { isErased, outcomeName } from '../../lib/words';
import { leadList } from '../leads/list.svelte';

const PAGE = 500;
/** A lead with more than this has its oldest entries behind the first pages; nobody has. */
const PAGES = 20;

export class Story {
  lead = $state.raw<LeadDetail | null>(null);
  journey = $state.raw<Timeline['journey']>([]);
  entries = $state.raw<Entry[]>([]);
  counts = $state.raw<Timeline['counts']>({});
  asOf = $state<string | null>(null);
  loading = $state(true);
  error = $state('');
  gone = $state(false);
  #stop: AbortController | null = null;

  constructor(readonly id: number) {
    $effect(() => {
      const asOf = this.asOf;
      untrack(() => void this.load(asOf));
      return () => this.#stop?.abort();
    });
    $effect(() =>
      app.onChange((change) => {
        if (change.reset || change.leads.some((id) => id === this.id || id === this.current))
          void this.load(this.asOf);
      }),
    );
  }

  /** The id that is shown: an id that was merged leads to another. */
  get current(): number {
    return this.lead?.id ?? this.id;
  }

  async load(asOf = this.asOf) {
    this.#stop?.abort();
    const stop = (this.#stop = new AbortController());
    try {
      const query = { limit: PAGE, as_of: asOf ?? undefined };
      const [lead, first] = await Promise.all([
        api.lead(this.id, stop.signal),
        api.timeline(this.id, query, stop.signal),
      ]);
      const entries = [...first.entries];
      let cursor = first.next_cursor;
      for (let page = 1; cursor && page < PAGES; page++) {
        const more = await api.timeline(this.id, { ...query, cursor }, stop.signal);
        entries.push(...more.entries);
        cursor = more.next_cursor;
      }
      this.lead = asOf ? { ...lead, ...first.lead, tags: lead.tags } : lead;
      this.journey = first.journey;
      this.entries = entries;
      this.counts = first.counts ?? {};
      this.error = '';
      this.gone = false;
    } catch (error) {
      if (aborted(error)) return;
      this.gone = error instanceof ApiError && error.code === 'not_found';
      // What is no more is not shown any longer either.
      if (this.gone) {
        this.lead = null;
        this.entries = [];
      }
      this.error = sentence(error);
    }
    this.loading = false;
  }

  /** It was opened by a person: no longer unread. */
  async seen() {
    leadList.patch(this.current, { unread: false });
    try {
      await api.seen(this.current);
    } catch {
      // Unread is a convenience; the next visit marks it.
    }
  }

  async note(text: string): Promise<boolean> {
    return this.#act('Note added', { type: 'note', text });
  }

  async outcome(outcome: Outcome, call?: string, cents?: number): Promise<boolean> {
    return this.#act(`Tagged as ${outcomeName[outcome].toLowerCase()}`, {
      type: 'outcome',
      outcome,
      ...(call ? { call } : {}),
      ...(cents !== undefined ? { estimated_cents: cents } : {}),
    });
  }

  async tag(tag: string, on: boolean): Promise<boolean> {
    return this.#act(`${on ? 'Added' : 'Removed'} tag ${oneLine(tag, 40)}`, {
      type: on ? 'tag' : 'untag',
      tag,
    });
  }

  /** Gives the lead to somebody; to nobody in particular where `null`. */
  async assign(rep: string | null): Promise<boolean> {
    return this.#act(rep ? `Given to ${oneLine(rep, 40)}` : 'Given to nobody in particular', {
      type: 'assign',
      rep,
    });
  }

  async #act(said: string, action: Parameters<typeof api.act>[1]): Promise<boolean> {
    try {
      const { id } = await api.act(this.current, action);
      undoable(said, id, () => void this.load());
      await this.load();
      return true;
    } catch (error) {
      toasts.fail(error);
      return false;
    }
  }
}

/** What to call them, cut to a line. */
export function leadName(
  lead: Pick<LeadDetail, 'name' | 'phones' | 'emails' | 'id'>,
  phone: (n: string) => string,
): string {
  if (isErased(lead)) return 'Erased person';
  return (
    oneLine(lead.name, 160) ||
    (lead.phones[0] ? oneLine(phone(lead.phones[0]), 40) : '') ||
    oneLine(lead.emails[0], 80) ||
    `Lead ${lead.id}`
  );
}
