/** Has a file made, shows how far it is, and hands it over: a browser fetches it, the window opens it. */
import { ApiError } from './api';
import { exporting, type ExportFile, type NewFile } from './api/exports';
import { app } from './app.svelte';
import { download } from './open';
import { toasts } from './toasts.svelte';

const PAUSE = 300;
/** A browser takes a file without asking when it comes soon after the click. */
const SOON = 4000;

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

async function inWindow(made: ExportFile, how: 'open' | 'show') {
  try {
    await exporting[how](made.id);
  } catch (error) {
    toasts.fail(error);
  }
}

/** `label` is what is made, such as "Overview, PDF". */
export async function make(file: NewFile, label: string): Promise<ExportFile | null> {
  const began = Date.now();
  const toast = toasts.put(`Making ${label}…`, { progress: null, stays: true });
  let made: ExportFile;
  try {
    made = await exporting.start(file);
    const stop = {
      text: 'Cancel',
      run: () => void exporting.cancel(made.id).catch((error: unknown) => toasts.fail(error)),
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
        made = await exporting.file(made.id);
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
    if (again) void download(exporting.address(made.id), made.file_name);
    end(`${label} is ready`, {
      actions: [
        {
          text: again ? 'Download again' : 'Download',
          run: () => void download(exporting.address(made.id), made.file_name),
        },
      ],
    });
  }
  return made;
}
