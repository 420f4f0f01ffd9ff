/** Sample data: shown instead of the owner's own, which stays untouched. */
import { api } from '../../lib/api';
import { app } from '../../lib/app.svelte';
import { router } from '../../lib/router.svelte';
import { toasts } from '../../lib/toasts.svelte';

class Demo {
  busy = $state(false);

  async start() {
    await this.#do(async () => {
      await api.startDemo();
      await app.refresh();
      router.go('#/leads');
    });
  }

  async remove() {
    await this.#do(async () => {
      await api.endDemo();
      await app.refresh();
      toasts.show('The sample data was removed');
      router.go(app.status?.first_run ? '#/connect' : '#/leads');
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
