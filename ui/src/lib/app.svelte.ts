/** What the whole window knows: the status, the sources, and what changed. One long poll a page. */
import { aborted, api, ApiError, type Changes, type Source, type Status } from './api';
import { announceNews } from './announcer.svelte';

export type Listener = (change: Changes) => void;

class App {
  status = $state.raw<Status | null>(null);
  sources = $state.raw<Source[]>([]);
  /** The server does not answer: what is shown may be old. */
  offline = $state(false);
  /** No token: the browser has to be opened by the link `leadtrail serve` prints. */
  locked = $state(false);
  #listeners = new Set<Listener>();
  #running = false;

  /** Starts the long poll; asks again with growing pauses when the server does not answer. */
  async start() {
    if (this.#running) return;
    this.#running = true;
    await this.refresh();
    let after = this.status?.seq ?? 0;
    let pause = 500;
    for (;;) {
      try {
        const change = await api.changes(after);
        pause = 500;
        if (this.offline) {
          this.offline = false;
          await this.refresh();
        }
        // A gap that opens or closes is news without an entry in the journal.
        const moved = change.reset || change.seq !== after || change.sources.length > 0;
        after = change.seq;
        if (!moved) continue;
        await this.refresh();
        for (const listener of this.#listeners) listener(change);
        if (change.leads.length) announceNews(change.leads.length);
        // Senders come in bursts: at most a few refreshes a second.
        await new Promise((done) => setTimeout(done, 250));
      } catch (error) {
        if (aborted(error)) return;
        this.#failed(error);
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
      const [status, sources] = await Promise.all([api.status(), api.sources()]);
      this.status = status;
      this.sources = sources.items;
      this.locked = false;
      this.offline = false;
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Calls `listener` after each change; answers how to stop. Fits an `$effect`. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  source(id: number | null | undefined): Source | undefined {
    return id === null || id === undefined ? undefined : this.sources.find((s) => s.id === id);
  }

  /** Single letters act unless the owner switched them off. */
  get singleKeys(): boolean {
    return this.status?.settings.single_keys ?? true;
  }
}

export const app = new App();
