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
  type TakenBack,
  type Timeline,
} from '../../../lib/api';
import { app } from '../../../lib/app.svelte';
import { coalesced } from '../../../lib/coalesced';
import { phone } from '../../../lib/phoneDisplay';
import { oneLine } from '../../../lib/text';
import { doAgain, takeBack, toasts, undoable } from '../../../lib/toasts.svelte';
import { isErased, outcomeName } from '../../../lib/labels';
import { leadList } from '../leadList.svelte';
import { isUserAction, userActionSummary } from './userActions';
import { refreshPages, type FetchPage, type TimelinePage } from './timelinePages';

export class TimelineStore {
  lead = $state.raw<LeadDetail | null>(null);
  journey = $state.raw<Timeline['journey']>([]);
  /** Oldest first; while `reading`, the oldest may be missing. */
  entries = $state.raw<Entry[]>([]);
  counts = $state.raw<Timeline['counts']>({});
  /** What people did about them and took back, the earliest taken back first. */
  takenBack = $state.raw<TakenBack[]>([]);
  asOf = $state<string | null>(null);
  loading = $state(true);
  /** Older entries are on their way. */
  reading = $state(false);
  error = $state('');
  gone = $state(false);
  /** What it was called when it went while it was open. */
  left = $state('');
  #parts: TimelinePage[] = [];
  /** What the parts are of. */
  #of: string | null = null;
  #stop = new AbortController();

  constructor(readonly id: number) {
    $effect(() => {
      void this.asOf;
      untrack(() => {
        // Another moment is another question: only then what is being read is broken off.
        this.#stop.abort();
        this.#stop = new AbortController();
        void this.load();
      });
    });
    $effect(() => () => this.#stop.abort());
    // What was done before this tab was opened is taken back from what the story itself says.
    $effect(() =>
      toasts.keep({
        undo: async () => {
          const last = this.asOf ? undefined : this.entries.findLast(isUserAction);
          if (last) await this.takeBack(last);
          return !!last;
        },
        redo: async () => {
          const last = this.takenBack.at(-1);
          if (last) await this.doAgain(last);
          return !!last;
        },
      }),
    );
    $effect(() =>
      app.onChange((change) => {
        if (change.reset || change.back || change.leads.some((id) => id === this.id || id === this.current))
          void this.load();
      }),
    );
  }

  /** The id that is shown: an id that was merged leads to another. */
  get current(): number {
    return this.lead?.id ?? this.id;
  }

  /**
   * Reads what is not known yet. News never breaks off what is being read: however much comes meanwhile, it is read
   * once more afterwards, and then only what is not as it was.
   */
  load = coalesced(() => this.#load());

  async #load() {
    const { signal } = this.#stop;
    const asOf = this.asOf;
    try {
      if (this.#of !== asOf) this.#parts = [];
      this.reading = !this.#parts.length;
      const query = { order: 'newest' as const, digest: true, as_of: asOf ?? undefined };
      const detail = api.lead(this.id, signal);
      const ask: FetchPage<Timeline & { detail: LeadDetail }> = async (part) => {
        const [answer, lead] = await Promise.all([
          api.timeline(this.id, { ...query, ...part }, signal),
          detail,
        ]);
        return { ...answer, detail: lead };
      };
      let said = false;
      const { parts, moved } = await refreshPages(this.#parts, ask, (entries, answer) => {
        const { detail: lead } = answer;
        this.lead = asOf ? { ...lead, ...answer.lead, tags: lead.tags } : lead;
        this.journey = answer.journey;
        this.counts = answer.counts;
        this.entries = entries;
        // It comes with the newest entries, and is read with them each time.
        if (!said) this.takenBack = answer.taken_back;
        said = true;
        this.error = '';
        this.gone = false;
        this.loading = false;
      });
      this.#parts = parts;
      this.#of = asOf;
      if (moved) void this.load();
    } catch (error) {
      if (aborted(error)) return;
      this.gone = error instanceof ApiError && error.code === 'not_found';
      // What is no more is not shown any longer either.
      if (this.gone) {
        if (this.lead) this.left = isErased(this.lead) ? 'This lead' : leadName(this.lead, phone);
        this.lead = null;
        this.entries = [];
        this.takenBack = [];
        this.#parts = [];
      }
      this.error = sentence(error);
    } finally {
      if (!signal.aborted) this.loading = this.reading = false;
    }
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

  /** Takes back what a person did, whenever that was. */
  async takeBack(entry: Entry) {
    await takeBack(entry.id, userActionSummary(entry, app.currency), () => void this.load());
    await this.load();
  }

  /** Does again what was taken back; by each who took it back. */
  async doAgain(one: TakenBack) {
    await doAgain(one.entry.id, one.undo, userActionSummary(one.entry, app.currency), () => void this.load());
    await this.load();
    const still = this.takenBack.find((other) => other.entry.id === one.entry.id);
    if (still && still.undo !== one.undo) await this.doAgain(still);
  }

  #act(said: string, action: Parameters<typeof api.act>[1]): Promise<boolean> {
    return toasts.during(this.#acted(said, action));
  }

  async #acted(said: string, action: Parameters<typeof api.act>[1]): Promise<boolean> {
    try {
      const { id } = await api.act(this.current, action);
      const who = this.lead ? `, ${leadName(this.lead, phone)}` : '';
      undoable(said, id, () => void this.load(), `${said}${who}`);
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
