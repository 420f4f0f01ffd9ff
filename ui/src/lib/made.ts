/** Says when a saved report was made, wherever in the window somebody is. */
import { exporting, type ExportFile } from './api';
import { app } from './app.svelte';
import { oneLine } from './text';
import { toasts, type ToastAction } from './toasts.svelte';

/** What there is to say about a file that was made for a saved report; nothing while it is under way. */
export function saying(file: ExportFile): { text: string; tone: 'done' | 'bad' } | undefined {
  if (file.schedule === null) return undefined;
  const title = oneLine(file.title, 80) || oneLine(file.file_name, 80);
  if (file.state === 'done') return { text: `${title} was made`, tone: 'done' };
  if (file.state !== 'failed') return undefined;
  return { text: `${title} could not be made. ${oneLine(file.problem, 200)}`.trim(), tone: 'bad' };
}

/** Follows the files that are made; answers how to stop. Fits an `$effect`. */
export function followMade(): () => void {
  const said = new Set<number>();
  return app.onChange((change) => {
    for (const id of change.exports ?? []) if (!said.has(id)) void look(id);
  });

  async function look(id: number) {
    try {
      const file = await exporting.file(id);
      const words = saying(file);
      if (!words || said.has(id)) return;
      said.add(id);
      const open: ToastAction =
        app.status?.door === 'webview'
          ? { text: 'Open', run: () => void exporting.open(id).catch((error) => toasts.fail(error)) }
          : { text: 'Download', href: exporting.address(id) };
      const all: ToastAction = { text: 'Show the list', run: () => (location.hash = '#/reports/exports') };
      toasts.put(words.text, { tone: words.tone, actions: words.tone === 'done' ? [open] : [all] });
    } catch {
      // It was deleted meanwhile, or the server does not answer: the list says how it stands.
    }
  }
}
