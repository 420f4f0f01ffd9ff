/** The gaps, known to every room that shows one. Asked for when somebody looks, and again when something changed. */
import { api, sentence, type Gap, type GapSource } from './api';
import { app } from './app.svelte';
import { coalesced } from './coalesced';
import { hrefOf } from './router.svelte';
import { oneLine } from './text';
import { toasts } from './toasts.svelte';
import { providerName } from './labels';

class Gaps {
  items = $state.raw<Gap[]>([]);
  loaded = $state(false);
  error = $state('');

  /** Keeps the list fresh as long as somebody looks. Fits an `$effect`. */
  watch(): () => void {
    void this.load();
    const look = () => void this.load();
    addEventListener('focus', look);
    const stop = app.onChange(look);
    return () => {
      removeEventListener('focus', look);
      stop();
    };
  }

  load = coalesced(async () => {
    try {
      this.items = (await api.gaps()).items;
      this.error = '';
    } catch (error) {
      this.error = sentence(error);
    }
    this.loaded = true;
  });

  /** Closes it by hand, with a way back. */
  async close(gap: number, reason: string, source?: number): Promise<boolean> {
    try {
      await api.closeGap(gap, reason, source);
    } catch (error) {
      toasts.fail(error);
      return false;
    }
    const reopen = async () => {
      await api.reopenGap(gap, source);
      await this.#changed();
      return async () => {
        await api.closeGap(gap, reason, source);
        await this.#changed();
        return reopen;
      };
    };
    toasts.show('Gap closed', reopen);
    await this.#changed();
    return true;
  }

  async reopen(gap: number, source?: number) {
    try {
      await api.reopenGap(gap, source);
      toasts.show('Gap open again');
      await this.#changed();
    } catch (error) {
      toasts.fail(error);
    }
  }

  async #changed() {
    await Promise.all([this.load(), app.refresh()]);
  }
}

export const gaps = new Gaps();

/** The name of a source as sentences say it. */
export function sourceName(id: number): string {
  const one = app.source(id);
  if (!one) return 'a source';
  const twins = app.sources.filter((s) => s.provider === one.provider).length > 1;
  return twins ? oneLine(one.name, 40) : providerName(one.provider);
}

/** Where a gap is filled; the source is chosen where only one is open. */
export function importHref(gap: { id?: number; sources?: GapSource[] }, source?: number): string {
  const open = (gap.sources ?? []).filter((s) => s.state === 'open');
  const only = source ?? (open.length === 1 ? open[0]?.source : open.find((s) => !s.resends)?.source);
  return hrefOf('deliveries', ['import'], { gap: gap.id, source: only });
}
