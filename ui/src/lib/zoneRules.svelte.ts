/**
 * How the clocks of each time zone go, as the program knows it. A browser has rules of its own, older or newer than
 * those figures are counted by; they stand in only until the program has answered.
 */
import { SvelteMap } from 'svelte/reactivity';
import { api, ApiError } from './api';
import { usable, type Offset, type Table } from './zones';

/** How long nothing is asked again after no answer came. Milliseconds. */
const PAUSE = 10_000;

class ZoneRules {
  /** `null` for a name the program does not know. */
  #tables = new SvelteMap<string, Table | null>();
  #asking = new Map<string, Promise<void>>();
  #list = $state.raw<{ name: string; offset: number }[] | null>(null);

  /** The zones that can be chosen, by name; empty until they are known. */
  get names(): string[] {
    if (!this.#list) void this.loadList();
    return this.#list?.map((zone) => zone.name) ?? [];
  }

  /** Seconds a zone's clocks are ahead of UTC at that moment; nothing until it is known. */
  at(zone: string, at: number): Offset | undefined {
    const table = this.#tables.get(zone);
    if (table === undefined) void this.load(zone);
    return table ? usable(table, at) : undefined;
  }

  /** As [at], now, for a list of many zones. */
  now(zone: string): number | undefined {
    return this.#list?.find((one) => one.name === zone)?.offset ?? undefined;
  }

  /** Asks how the clocks of a zone go, once. */
  load(zone: string): Promise<void> {
    if (this.#tables.has(zone)) return Promise.resolve();
    return this.#once(zone, async () => {
      try {
        const { offsets } = await api.zoneOffsets(zone);
        this.set(zone, offsets);
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'not_found') throw error;
        this.#tables.set(zone, null);
      }
    });
  }

  /** Asks which zones there are, once. */
  loadList(): Promise<void> {
    if (this.#list) return Promise.resolve();
    return this.#once('', async () => {
      const { items } = await api.zones();
      this.#list = items.map((zone) => ({ name: zone.name, offset: zone.offset_s }));
    });
  }

  /** What the program answered about a zone. */
  set(zone: string, offsets: { at: string; offset_s: number; abbreviation?: string | null }[]) {
    this.#tables.set(
      zone,
      offsets.map((one) => ({
        from: Date.parse(one.at),
        seconds: one.offset_s,
        name: one.abbreviation ?? null,
      })),
    );
  }

  #once(key: string, ask: () => Promise<void>): Promise<void> {
    let asking = this.#asking.get(key);
    if (!asking) {
      asking = ask().then(
        () => void this.#asking.delete(key),
        () => void setTimeout(() => this.#asking.delete(key), PAUSE),
      );
      this.#asking.set(key, asking);
    }
    return asking;
  }
}

export const zoneRules = new ZoneRules();
