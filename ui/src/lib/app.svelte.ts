/** What the whole window knows: the status, the sources, and what changed. One long poll a page. */
import {
  aborted,
  api,
  ApiError,
  type Changes,
  type Damage,
  type Restored,
  type Source,
  type Status,
  shows,
  type WriteTrouble,
} from './api';
import { onLetIn } from './api/session';
import { announceNews } from './announcer.svelte';
import { zoneRules } from './zoneRules.svelte';

/** What changed; `back` where the server was away, and things may have changed that made no news. */
export type News = Omit<Changes, 'mark'> & { back?: boolean };
export type Listener = (change: News) => void;

/** Milliseconds until a server that does not answer is asked again; while nobody looks it may take longer. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 2_000;
const LONGEST_UNSEEN = 15_000;
/** Senders come in bursts: at most a few looks a second. */
const BURST = 250;

const NOTHING = { reset: false, leads: [], gone: [], sources: [], exports: [], deliveries: 0 };

class App {
  status = $state.raw<Status | null>(null);
  sources = $state.raw<Source[]>([]);
  /** The file is damaged: nothing but recovering it works until then. */
  damaged = $state.raw<Damage | null>(null);
  /** It was recovered just now: what that did is read before going on. */
  recovered = $state.raw<Partial<Restored> | null>(null);
  /** Something keeps the program from taking in what arrives, such as a full disk. */
  trouble = $state.raw<WriteTrouble | null>(null);
  /** The server does not answer: what is shown may be old. */
  offline = $state(false);
  /** No token: the browser has to be opened by the link `leadtrail serve` prints. */
  locked = $state(false);
  #listeners = new Set<Listener>();
  #running = false;
  /** How far things had come when it was last asked how everything stands. */
  #seen: { seq: number; mark?: string } = { seq: 0 };
  #poll: AbortController | null = null;
  /** Ends the pause before the server is asked again. */
  #wake: (() => void) | null = null;

  /** Starts the long poll; asks again after short pauses when the server does not answer. */
  async start() {
    if (this.#running) return;
    this.#running = true;
    // Whoever comes back to the page, or to the network, need not wait for the pause to end.
    const now = () => this.#wake?.();
    addEventListener('online', now);
    addEventListener('focus', now);
    addEventListener('pageshow', now);
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') now();
    });
    onLetIn(now);

    await this.refresh();
    let known = this.#seen;
    let pause = FIRST_PAUSE;
    for (;;) {
      const poll = (this.#poll = new AbortController());
      try {
        if (this.damaged) {
          // There is nothing to follow; the next answer says whether it was mended.
          await this.#pause(3000);
          await this.refresh();
          known = this.#seen;
          // What was asked for meanwhile was refused.
          if (!this.damaged) this.#startOver();
          continue;
        }
        if (this.offline || this.locked) {
          // A long poll would say that the server is back when there is news; this says it at once.
          const first = this.status === null;
          await this.#look();
          pause = FIRST_PAUSE;
          if (this.damaged) continue;
          if (first) known = this.#seen;
          this.#tell({ ...NOTHING, ...known, back: true });
        }
        const change = await api.changes(known, poll.signal);
        pause = FIRST_PAUSE;
        // A gap that opens or closes, or an import or replay that is taken back, is news without an entry in the journal.
        const moved =
          change.reset ||
          change.seq !== known.seq ||
          change.leads.length > 0 ||
          change.gone.length > 0 ||
          change.sources.length > 0 ||
          change.exports.length > 0;
        known = { seq: change.seq, mark: change.mark };
        // A full disk or a silent source brings no change: how everything stands comes in any case.
        if (change.snapshot) await this.#take(change.snapshot);
        else await this.refresh();
        if (!moved) continue;
        this.#tell(change);
        if (change.leads.length) announceNews(change.leads);
        await new Promise((done) => setTimeout(done, BURST));
      } catch (error) {
        if (poll.signal.aborted) {
          // Another file is in its place: what is on screen is fetched anew.
          await this.refresh();
          known = this.#seen;
          this.#startOver();
          continue;
        }
        if (aborted(error)) return;
        this.#failed(error);
        const unseen = this.locked || document.visibilityState === 'hidden';
        await this.#pause(pause);
        pause = Math.min(pause * 2, unseen ? LONGEST_UNSEEN : LONGEST_PAUSE);
      }
    }
  }

  #tell(change: News) {
    for (const listener of this.#listeners) listener(change);
  }

  /** Waits, unless somebody comes back to the page meanwhile. */
  #pause(milliseconds: number): Promise<void> {
    return new Promise((done) => {
      const end = () => {
        clearTimeout(timer);
        this.#wake = null;
        done();
      };
      const timer = setTimeout(end, milliseconds);
      this.#wake = end;
    });
  }

  /** Everything on screen is fetched anew. */
  #startOver() {
    this.#tell({ ...NOTHING, ...this.#seen, reset: true });
  }

  #failed(error: unknown) {
    if (error instanceof ApiError && error.code === 'unauthorised') this.locked = true;
    else this.offline = true;
  }

  /** Asks how everything stands. A file found damaged closes the door to everything but its status. */
  async #look() {
    try {
      const { seq, mark, snapshot } = await api.changes();
      this.#seen = { seq, mark };
      if (snapshot) return this.#take(snapshot);
    } catch (error) {
      if (error instanceof ApiError && (error.code === 'offline' || error.code === 'unauthorised'))
        throw error;
    }
    const status = (await api.status()) as Status;
    this.#seen = { seq: status.seq ?? 0 };
    await this.#take({ status });
  }

  async #take({ status, sources }: { status: Status; sources?: { items: Source[] } | null }) {
    this.damaged = status.damaged ?? null;
    this.trouble = status.trouble ?? null;
    if (!this.damaged) {
      const { time_zone: set, system_time_zone: system } = status.settings.business;
      // Before anything is shown that is told in it.
      if (!this.status) await zoneRules.load(set ?? system);
      shows(status.demo);
      this.status = status;
      if (sources) this.sources = sources.items;
    }
    this.locked = false;
    this.offline = false;
  }

  async refresh() {
    try {
      await this.#look();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The file was swapped: starts over with what it holds. */
  startOver() {
    this.#wake?.();
    this.#poll?.abort();
  }

  /** Calls `listener` after each change; answers how to stop. Fits an `$effect`. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  source(id: number | null | undefined): Source | undefined {
    return id === null || id === undefined ? undefined : this.sources.find((s) => s.id === id);
  }

  /** The currency of the business (ISO 4217). */
  get currency(): string {
    return this.status?.settings.business.currency ?? 'USD';
  }

  /** Single letters act unless the owner switched them off. */
  get singleKeys(): boolean {
    return this.status?.settings.single_keys ?? true;
  }
}

export const app = new App();
