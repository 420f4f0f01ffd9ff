/** Says when a saved report was made, wherever in the window somebody is. */
import { exporting } from './api';
import { app } from './app.svelte';
import { saying } from './madeWords';
import { download } from './open';
import { toasts, type ToastAction } from './toasts.svelte';

/** Follows the files that are made; answers how to stop. Fits an `$effect`. */
export function followMade(): () => void {
  const said = new Set<number>();
  return app.onChange((change) => {
    for (const id of change.exports) if (!said.has(id)) void look(id);
  });

  async function look(id: number) {
    try {
      // The list, for a file that was deleted is no news and no error.
      const file = (await exporting.files()).items.find((one) => one.id === id);
      const words = file && saying(file);
      if (!words || said.has(id)) return;
      said.add(id);
      const open: ToastAction =
        app.status?.door === 'webview'
          ? { text: 'Open', run: () => void exporting.open(id).catch((error) => toasts.fail(error)) }
          : { text: 'Download', run: () => void download(exporting.address(id), file.file_name) };
      const all: ToastAction = { text: 'Show the list', run: () => (location.hash = '#/reports/exports') };
      toasts.put(words.text, { tone: words.tone, actions: words.tone === 'done' ? [open] : [all] });
    } catch {
      // It was deleted meanwhile, or the server does not answer: the list says how it stands.
    }
  }
}
