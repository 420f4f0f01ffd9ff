/** Settings are saved at once, said, and can be undone. */
import { api, type Settings } from '../../lib/api';
import { app } from '../../lib/app.svelte';
import { toasts } from '../../lib/toasts.svelte';

/** Saves; answers what went wrong, if anything, as thrown. */
export async function save(change: Partial<Settings>, said: string, quiet = false): Promise<void> {
  const old = app.status?.settings;
  await api.settings(change);
  await app.refresh();
  if (quiet || !old) return;
  const back = Object.fromEntries(
    Object.keys(change).map((key) => [key, old[key as keyof Settings] ?? '']),
  ) as Partial<Settings>;
  toasts.show(said, async () => {
    await api.settings(back);
    await app.refresh();
  });
}
