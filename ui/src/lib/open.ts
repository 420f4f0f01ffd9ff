/** Opening something outside: on a click only, http and https only, in the system's browser or player. */
import { api } from './api';
import { app } from './app.svelte';
import { webAddress } from './text';
import { toasts } from './toasts.svelte';

export async function openOutside(address: string | null | undefined) {
  const url = webAddress(address);
  if (!url) return;
  if (app.status?.door === 'webview') {
    try {
      await api.open(url);
    } catch (error) {
      toasts.fail(error);
    }
  } else {
    window.open(url, '_blank', 'noopener,noreferrer');
  }
}

/** Copies text and says so. */
export async function copyText(text: string, said = 'Copied') {
  try {
    await navigator.clipboard.writeText(text);
    toasts.show(said);
  } catch {
    toasts.show('Copying is not allowed here. Select the text and copy it by hand.', undefined, 'bad');
  }
}
