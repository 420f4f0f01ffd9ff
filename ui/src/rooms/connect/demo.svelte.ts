/** Sample data: shown instead of the owner's own, which stays untouched. */
import { untrack } from 'svelte';
import { api } from '../../lib/api';
import { app } from '../../lib/app.svelte';
import { router } from '../../lib/router.svelte';
import { toasts } from '../../lib/toasts.svelte';
import { searchHits } from '../leads/searchHits.svelte';
import { leadList } from '../leads/leadList.svelte';

class Demo {
  busy = $state(false);

  async start() {
    await this.#do(async () => {
      await api.startDemo();
      await app.refresh();
    });
  }

  async remove() {
    await this.#do(async () => {
      await api.endDemo();
      await app.refresh();
      toasts.show('The sample data was removed');
    });
  }

  async #do(work: () => Promise<void>) {
    if (this.busy) return;
    this.busy = true;
    try {
      await work();
    } catch (error) {
      toasts.fail(error);
    } finally {
      this.busy = false;
    }
  }
}

export const demo = new Demo();

/**
 * Other data are shown once the sample begins or ends, here or in another window: what is on screen is of those that
 * were, and would be asked for where it is not. It is left before anything hears of the change. Call it in an `$effect`.
 */
export function followSample(was: boolean | undefined): boolean | undefined {
  const now = app.status?.demo;
  if (was !== undefined && now !== undefined && was !== now)
    untrack(() => {
      leadList.forget();
      searchHits.forget();
      router.go(!now && app.status?.first_run ? '#/connect' : '#/leads');
    });
  return now ?? was;
}
