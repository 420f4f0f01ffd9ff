/**
 * The keyboard: components bind keys while they are on screen, the latest binding wins. Single letters rest
 * while typing, in dialogs and popovers, and when the owner switched them off.
 */
import { app } from './app.svelte';

export interface Binding {
  /** `j`, `Enter`, `/`, `mod+k`, or a chord such as `g l`. */
  key: string;
  run: (event: KeyboardEvent) => void | false;
  /** Also while typing. */
  always?: boolean;
}

const stack: Binding[][] = [];
let chord: { first: string; until: number } | null = null;

/** Binds keys; answers how to let go. Fits an `$effect`. */
export function bindKeys(bindings: Binding[]): () => void {
  stack.push(bindings);
  return () => {
    const at = stack.indexOf(bindings);
    if (at >= 0) stack.splice(at, 1);
  };
}

export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target instanceof HTMLTextAreaElement ||
      target instanceof HTMLSelectElement ||
      (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)))
  );
}

function find(key: string): Binding | undefined {
  for (let i = stack.length - 1; i >= 0; i--) {
    const hit = stack[i]?.find((b) => b.key === key);
    if (hit) return hit;
  }
}

const hasChord = (first: string) => stack.some((set) => set.some((b) => b.key.startsWith(`${first} `)));

export function handleKey(event: KeyboardEvent) {
  if (event.defaultPrevented || event.isComposing) return;
  const mod = event.ctrlKey || event.metaKey;
  if (event.altKey) return;
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const key = mod ? `mod+${event.shiftKey ? 'shift+' : ''}${name}` : name;
  const typing = isTyping(event.target);
  const layer = document.querySelector('dialog[open], :popover-open') !== null;

  const single = !mod && event.key.length === 1;
  if (single && (typing || layer || !app.singleKeys)) {
    // "/" and "?" are no letters: they only rest while typing and in dialogs.
    if (typing || layer || /[a-z0-9]/i.test(event.key)) return;
  }
  if (single && chord && Date.now() < chord.until) {
    const hit = find(`${chord.first} ${name}`);
    chord = null;
    if (hit) {
      if (hit.run(event) !== false) event.preventDefault();
      return;
    }
  }
  chord = null;
  const hit = find(key);
  if (hit) {
    if ((typing || layer) && !hit.always) return;
    if (hit.run(event) !== false) event.preventDefault();
    return;
  }
  if (single && hasChord(name)) chord = { first: name, until: Date.now() + 1200 };
}
