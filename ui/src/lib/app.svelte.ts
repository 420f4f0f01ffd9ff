/** What the whole window knows: the status, the sources, and what changed. One long poll a page. */
import {
  aborted,
  api,
  ApiError,
  type Changes,
  type Damaged,
  type Recovered,
  type SourceMore,
  type StatusMore,
  type Trouble,
} from './api';
import { announceNews } from './announcer.svelte';

export type Listener = (change: Changes) => void;

class App {
  status = $state.raw<StatusMore | null>(null);
  sources = $state.raw<SourceMore[]>([]);
  /** The file is damaged: nothing but recovering it works until then. */
  damaged = $state.raw<Damaged | null>(null);
  /** It was recovered just now: what that did is read before going on. */
  recovered = $state.raw<Recovered | null>(null);
  /** Something keeps the program from taking in what arrives, such as a full disk. */
  trouble = $state.raw<Trouble | null>(null);
  /** The server does not answer: what is shown may be old. */
  offline = $state(false);
  /** No token: the browser has to be opened by the link `leadtrail serve` prints. */
  locked = $state(false);
  #listeners = new Set<Listener>();
  #running = false;
  #poll: AbortController | null = null;

  /** Starts the long poll; asks again with growing pauses when the server does not answer. */
  async start() {
    if (this.#running) return;
    this.#running = true;
    await this.refresh();
    let after = this.status?.seq ?? 0;
    let pause = 500;
    for (;;) {
      const poll = (this.#poll = new AbortController());
      try {
        if (this.damaged) {
          // There is nothing to follow; the next answer says whether it was mended.
          await new Promise((done) => setTimeout(done, 3000));
          await this.refresh();
          after = this.status?.seq ?? 0;
          continue;
        }
        const change = await api.changes(after, poll.signal);
        pause = 500;
        if (this.offline) {
          this.offline = false;
          await this.refresh();
        }
        // A gap that opens or closes is news without an entry in the journal.
        const moved =
          change.reset || change.seq !== after || change.sources.length > 0 || change.exports.length > 0;
        after = change.seq;
        // A full disk or a silent source brings no change: the status is asked for in any case.
        await this.refresh();
        if (!moved) continue;
        for (const listener of this.#listeners) listener(change);
        if (change.leads.length) announceNews(change.leads);
        // Senders come in bursts: at most a few refreshes a second.
        await new Promise((done) => setTimeout(done, 250));
      } catch (error) {
        if (poll.signal.aborted) {
          // Another file is in its place: what is on screen is fetched anew.
          await this.refresh();
          after = this.status?.seq ?? 0;
          for (const listener of this.#listeners)
            listener({ seq: after, reset: true, leads: [], sources: [], exports: [], deliveries: 0 });
          continue;
        }
        if (aborted(error)) return;
        this.#failed(error);
        // A file found damaged later closes the door as well: the status says so.
        if (this.offline) await this.refresh();
        await new Promise((done) => setTimeout(done, pause));
        pause = Math.min(pause * 2, 15_000);
      }
    }
  }

  #failed(error: unknown) {
    if (error instanceof ApiError && error.code === 'unauthorised') this.locked = true;
    else this.offline = true;
  }

  async refresh() {
    try {
      // A damaged file has a status and no sources.
      const [status, sources] = await Promise.all([
        api.status() as Promise<StatusMore>,
        api.sources().catch((error: unknown) => error),
      ]);
      this.damaged = status.damaged ?? null;
      this.trouble = status.trouble ?? null;
      if (!this.damaged) {
        if (sources instanceof Error || !isSources(sources)) throw sources;
        this.status = status;
        this.sources = sources.items;
      }
      this.locked = false;
      this.offline = false;
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The file was swapped: starts over with what it holds. */
  startOver() {
    this.#poll?.abort();
  }

  /** Calls `listener` after each change; answers how to stop. Fits an `$effect`. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  source(id: number | null | undefined): SourceMore | undefined {
    return id === null || id === undefined ? undefined : this.sources.find((s) => s.id === id);
  }

  /** Single letters act unless the owner switched them off. */
  get singleKeys(): boolean {
    return this.status?.settings.single_keys ?? true;
  }
}

function isSources(answer: unknown): answer is { items: SourceMore[] } {
  return typeof answer === 'object' && answer !== null && 'items' in answer;
}

export const app = new App();
