/** Toasts say what was done and offer one Undo, or Redo. Ctrl+Z and Ctrl+Shift+Z take the same way. */
import { announce } from './announcer.svelte';
import { api, sentence } from './api';

/**
 * Takes something back; answers how to do it again, where that is possible, `false` where a page asks first, or `kept`
 * where it was asked and the answer was no: it can still be taken back.
 */
export type Undo = () => Promise<Undo | void | false | 'kept'>;

export interface Toast {
  id: number;
  text: string;
  tone: 'done' | 'bad';
  undo?: Undo;
  /** Its `undo` does again what was undone. */
  again: boolean;
  /** The action it is about, however often that was taken back and done again. */
  of?: string;
  /** What was done, in words, where nobody did it in this tab. */
  about?: string;
  /** Something else that can be done about it, such as opening a file. */
  actions?: ToastAction[];
  /** How far long work is, 0 to 1; `null` where that is not known yet. */
  progress?: number | null;
  /** It stays until it is closed, such as work under way. */
  stays?: boolean;
}

export interface ToastAction {
  text: string;
  run: () => void;
}

/** Takes back, or does again, the latest thing that is kept; answers `false` where there is none. */
export interface Kept {
  undo: () => Promise<boolean>;
  redo: () => Promise<boolean>;
}

class Toasts {
  items = $state.raw<Toast[]>([]);
  /** Acts under way: what they did can be undone as soon as they are over. */
  pending = $state(0);
  #next = 1;
  #undoable: Toast[] = [];
  #redoable: Toast[] = [];
  #kept: Kept[] = [];

  show(text: string, undo?: Undo, tone: Toast['tone'] = 'done', of?: string) {
    // After something new there is nothing to do again.
    if (undo) this.#redoable = [];
    return this.#put(text, undo, tone, false, of);
  }

  #put(text: string, undo: Undo | undefined, tone: Toast['tone'], again: boolean, of?: string) {
    const toast: Toast = { id: this.#next++, text, tone, undo, again, of };
    this.items = [...this.items.slice(-2), toast];
    if (undo) (again ? this.#redoable : this.#undoable).push(toast);
    announce(text);
    return toast;
  }

  /** Shows something with more to it, such as a file that is being made; `change` follows it up. */
  put(text: string, more: Pick<Toast, 'actions' | 'progress' | 'stays'> & { tone?: Toast['tone'] } = {}) {
    const toast: Toast = { id: this.#next++, text, tone: 'done', again: false, ...more };
    this.items = [...this.items.slice(-2), toast];
    announce(text);
    return toast.id;
  }

  /** Changes a toast that is on screen; answers whether it still is. */
  change(id: number, more: Partial<Omit<Toast, 'id'>>): boolean {
    const known = this.items.find((t) => t.id === id);
    if (!known) return false;
    if (more.text && more.text !== known.text) announce(more.text);
    this.items = this.items.map((t) => (t.id === id ? { ...t, ...more } : t));
    return true;
  }

  /** Waits for an act, so that Undo pressed right after it undoes this one and not the one before. */
  async during<T>(act: Promise<T>): Promise<T> {
    this.pending++;
    try {
      return await act;
    } finally {
      this.pending--;
    }
  }

  /** Something went wrong, in a sentence for people. */
  fail(error: unknown) {
    this.show(sentence(error), undefined, 'bad');
  }

  close(id: number) {
    this.items = this.items.filter((t) => t.id !== id);
  }

  async undo(toast: Toast) {
    const { undo, of, about } = toast;
    if (!undo) return;
    const other = (t: Toast) => t.id !== toast.id && (of === undefined || t.of !== of);
    this.#undoable = this.#undoable.filter(other);
    this.#redoable = this.#redoable.filter(other);
    this.items = this.items.filter((t) => !t.undo || other(t));
    try {
      const back = await undo();
      if (back === false) return;
      if (back === 'kept') {
        (toast.again ? this.#redoable : this.#undoable).push(toast);
        return;
      }
      const done = toast.again ? 'Done again' : 'Undone';
      const put = this.#put(about ? `${done}: ${about}` : done, back ?? undefined, 'done', !toast.again, of);
      put.about = about;
    } catch (error) {
      this.fail(error);
    }
  }

  /** Takes back what is kept and nobody did in this tab, or does it again: what was there of it is replaced. */
  async turn(of: string, undo: Undo, again: boolean, about: string) {
    await this.undo({ id: this.#next++, text: '', tone: 'done', undo, again, of, about });
  }

  /** What is kept of the page that is open, for when this tab did nothing. Fits an `$effect`. */
  keep(kept: Kept): () => void {
    this.#kept.push(kept);
    return () => void (this.#kept = this.#kept.filter((k) => k !== kept));
  }

  /** Ctrl+Z: the latest thing that can be undone, also when its toast is gone. */
  async undoLast() {
    const toast = this.#undoable[this.#undoable.length - 1];
    if (toast) await this.undo(toast);
    else if (!(await this.#kept.at(-1)?.undo())) this.show('Nothing to undo');
  }

  /** Ctrl+Shift+Z: the latest thing that was undone. */
  async redoLast() {
    const toast = this.#redoable[this.#redoable.length - 1];
    if (toast) await this.undo(toast);
    else if (!(await this.#kept.at(-1)?.redo())) this.show('Nothing to do again');
  }
}

export const toasts = new Toasts();

/** How an action of the journal is taken back. Undoing the undoing does it again. */
function back(action: string | number, after?: () => void): Undo {
  return async () => {
    const undone = await api.undo(action);
    after?.();
    return back(undone.id, after);
  };
}

/** Says that an action of the journal was done, and undoes it on demand. */
export function undoable(text: string, action: string | number, after?: () => void, about = text) {
  toasts.show(text, back(action, after), 'done', String(action)).about = about;
}

/** Takes an action back that stands on a timeline, whenever and wherever it was done. */
export const takeBack = (action: string, about: string, after: () => void) =>
  toasts.turn(action, back(action, after), false, about);

/** Does an action again that was taken back by `undo`. */
export const doAgain = (action: string, undo: string, about: string, after: () => void) =>
  toasts.turn(action, back(undo, after), true, about);
