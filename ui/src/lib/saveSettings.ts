/** Settings are saved at once, said, and can be undone. */
import { api, sentence, type BusinessChange, type SettingsChange } from './api';
import { app } from './app.svelte';
import { toasts } from './toasts.svelte';

/** Saves; answers what went wrong, if anything, as thrown. */
export async function saveSettings(change: SettingsChange, said: string, quiet = false): Promise<void> {
  const old = app.status?.settings as Record<string, unknown> | undefined;
  await toasts.during(api.settings(change).then(() => app.refresh()));
  if (quiet || !old) return;
  const back = Object.fromEntries(Object.keys(change).map((key) => [key, old[key] ?? '']));
  toasts.show(said, async () => {
    await api.settings(back);
    await app.refresh();
  });
}

/** Saves what figures need of the business; answers what is wrong with it, in a sentence. */
export async function saveBusiness(change: BusinessChange, said: string): Promise<string> {
  const old = app.status?.settings.business;
  try {
    await toasts.during(api.settings({ business: change }).then(() => app.refresh()));
  } catch (error) {
    return sentence(error);
  }
  if (!old) return '';
  const back: BusinessChange = {};
  if ('time_zone' in change) back.time_zone = old.time_zone;
  if (change.hours) back.hours = old.hours;
  if (change.holidays) back.holidays = old.holidays;
  if (change.currency) back.currency = old.currency;
  if (change.reps) back.reps = old.reps;
  if (change.test_numbers) back.test_numbers = old.test_numbers;
  const put = async (business: BusinessChange) => {
    await api.settings({ business });
    await app.refresh();
  };
  toasts.show(said, async () => {
    await put(back);
    return async () => {
      await put(change);
    };
  });
  return '';
}
