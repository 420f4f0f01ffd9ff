/** Opening something outside: on a click only, http and https only, in the system's browser or player. */
import { api } from './api';
import { app } from './app.svelte';
import { webAddress } from './text';
import { toasts } from './toasts.svelte';

export async function openExternal(address: string | null | undefined) {
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

/** Fetches a file of the API in a browser: a link sends no `Authorization`, so it carries a ticket. */
export async function download(address: string, name: string) {
  try {
    const link = document.createElement('a');
    link.href = await api.ticket(address);
    link.download = name;
    link.hidden = true;
    document.body.append(link);
    link.click();
    link.remove();
  } catch (error) {
    toasts.fail(error);
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
