/** Sample data: shown instead of the owner's own, which stays untouched. */
import { api } from './api';
import { app } from './app.svelte';
import { toasts } from './toasts.svelte';

class SampleData {
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

export const sampleData = new SampleData();
