/** Toasts say what was done and offer one Undo. Ctrl+Z takes the same way. */
import { announce } from './announcer.svelte';
import { api, sentence } from './api';

export interface Toast {
  id: number;
  text: string;
  tone: 'done' | 'bad';
  undo?: () => Promise<void>;
}

class Toasts {
  items = $state.raw<Toast[]>([]);
  #next = 1;
  #undoable: Toast[] = [];

  show(text: string, undo?: () => Promise<void>, tone: Toast['tone'] = 'done') {
    const toast: Toast = { id: this.#next++, text, tone, undo };
    this.items = [...this.items.slice(-2), toast];
    if (undo) this.#undoable.push(toast);
    announce(text);
    return toast;
  }

  /** Something went wrong, in a sentence for people. */
  fail(error: unknown) {
    this.show(sentence(error), undefined, 'bad');
  }

  close(id: number) {
    this.items = this.items.filter((t) => t.id !== id);
  }

  async undo(toast: Toast) {
    const { undo } = toast;
    if (!undo) return;
    this.#undoable = this.#undoable.filter((t) => t.id !== toast.id);
    this.close(toast.id);
    try {
      await undo();
      this.show('Undone');
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ctrl+Z: the latest thing that can be undone, also when its toast is gone. */
  async undoLast() {
    const toast = this.#undoable[this.#undoable.length - 1];
    if (toast) await this.undo(toast);
    else this.show('Nothing to undo');
  }
}

export const toasts = new Toasts();

/** Says that an action of the journal was done, and undoes it on demand. */
export function undoable(text: string, action: string | number, after?: () => void) {
  toasts.show(text, async () => {
    await api.undo(action);
    after?.();
  });
}
