/**
 * Exports as the window knows them: it has a file made, shows how far it is and hands it over (a browser fetches it,
 * the window opens it), and says when a saved report was made, wherever somebody is.
 */
import { ApiError } from './api';
import { exportsApi, type ExportFile, type NewFile } from './api/exports';
import { app } from './app.svelte';
import { exportNotice } from './exportNotice';
import { download } from './platform';
import { toasts, type ToastAction } from './toasts.svelte';

const PAUSE = 300;
/** A browser takes a file without asking when it comes soon after the click. */
const SOON = 4000;

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

async function inWindow(made: ExportFile, how: 'open' | 'show') {
  try {
    await exportsApi[how](made.id);
  } catch (error) {
    toasts.fail(error);
  }
}

/** `label` is what is made, such as "Overview, PDF". */
export async function runExport(file: NewFile, label: string): Promise<ExportFile | null> {
  const began = Date.now();
  const toast = toasts.put(`Making ${label}…`, { progress: null, stays: true });
  let made: ExportFile;
  try {
    made = await exportsApi.start(file);
    const stop = {
      text: 'Cancel',
      run: () => void exportsApi.cancel(made.id).catch((error: unknown) => toasts.fail(error)),
    };
    let failures = 0;
    while (made.state === 'running') {
      const { progress } = made;
      toasts.change(toast, {
        progress: progress && progress.of ? progress.done / progress.of : null,
        actions: [stop],
      });
      await sleep(PAUSE);
      try {
        made = await exportsApi.file(made.id);
        failures = 0;
      } catch (error) {
        // A busy program may miss a question; it goes on making the file.
        if (++failures > 20 || (error instanceof ApiError && error.code === 'not_found')) throw error;
      }
    }
  } catch (error) {
    toasts.close(toast);
    toasts.fail(error);
    return null;
  }
  const end = (text: string, more: Parameters<typeof toasts.change>[1] = {}) => {
    const rest = { progress: undefined, actions: undefined, stays: false, ...more };
    if (!toasts.change(toast, { text, ...rest })) toasts.put(text, rest);
  };
  if (made.state === 'cancelled') end(`${label} was cancelled`);
  else if (made.state === 'failed')
    end(made.problem || `${label} could not be made`, { tone: 'bad', stays: true });
  else if (app.status?.door === 'webview') {
    end(`${label} is ready`, {
      actions: [
        { text: 'Open', run: () => void inWindow(made, 'open') },
        { text: 'Show in folder', run: () => void inWindow(made, 'show') },
      ],
    });
  } else {
    const again = Date.now() - began < SOON;
    if (again) void download(exportsApi.address(made.id), made.file_name);
    end(`${label} is ready`, {
      actions: [
        {
          text: again ? 'Download again' : 'Download',
          run: () => void download(exportsApi.address(made.id), made.file_name),
        },
      ],
    });
  }
  return made;
}

/** Follows the files that are made; answers how to stop. Fits an `$effect`. */
export function followExports(): () => void {
  const said = new Set<number>();
  return app.onChange((change) => {
    for (const id of change.exports) if (!said.has(id)) void look(id);
  });

  async function look(id: number) {
    try {
      // The list, for a file that was deleted is no news and no error.
      const file = (await exportsApi.files()).items.find((one) => one.id === id);
      const words = file && exportNotice(file);
      if (!words || said.has(id)) return;
      said.add(id);
      const open: ToastAction =
        app.status?.door === 'webview'
          ? { text: 'Open', run: () => void exportsApi.open(id).catch((error) => toasts.fail(error)) }
          : { text: 'Download', run: () => void download(exportsApi.address(id), file.file_name) };
      const all: ToastAction = { text: 'Show the list', run: () => (location.hash = '#/reports/exports') };
      toasts.put(words.text, { tone: words.tone, actions: words.tone === 'done' ? [open] : [all] });
    } catch {
      // It was deleted meanwhile, or the server does not answer: the list says how it stands.
    }
  }
}
