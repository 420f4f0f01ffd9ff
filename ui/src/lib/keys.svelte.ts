/**
 * The keyboard: components bind keys while they are on screen, the latest binding wins. Single letters rest
 * while typing, in dialogs and popovers, and when the owner switched them off.
 *
 * No key is lost for coming early. A key for what is still on its way waits, and every key after it waits behind it;
 * they act in their order as soon as it is there, on what is shown by then: `O` `B` typed at a lead that is being
 * read tags that lead. A click is a change of mind: what waits is dropped.
 */
import { flushSync, untrack } from 'svelte';
import { app } from './app.svelte';

export interface Binding {
  /** `j`, `Enter`, `/`, `mod+k`, or a chord such as `g l`. */
  key: string;
  run: (event: KeyboardEvent) => void | false;
  /** Also while typing. */
  always?: boolean;
  /** What it acts on is there. Until then the key waits. */
  ready?: () => boolean;
}

const stack: Binding[][] = [];
/** What keeps every key waiting while it answers `false`. */
const gates = new Set<() => boolean>();
/** The first key of a chord, until the next key or a click: however slow either is. */
let chord: string | null = null;
let waiting = $state.raw<KeyboardEvent[]>([]);
/** Bindings and gates come and go; what waits for them looks again. */
let bound = $state(0);
let replaying = false;

/** Binds keys; answers how to let go. Fits an `$effect`. */
export function bindKeys(bindings: Binding[]): () => void {
  stack.push(bindings);
  untrack(() => bound++);
  return () => {
    const at = stack.indexOf(bindings);
    if (at >= 0) stack.splice(at, 1);
    untrack(() => bound++);
  };
}

/** Keeps all keys waiting until `open`; answers how to take it away. Fits an `$effect`. */
export function keyGate(open: () => boolean): () => void {
  gates.add(open);
  untrack(() => bound++);
  return () => {
    gates.delete(open);
    untrack(() => bound++);
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
const shut = () => [...gates].some((open) => !open());
const MODIFIERS = ['Shift', 'Control', 'Alt', 'Meta', 'CapsLock', 'Dead', 'Process'];

function nameOf(event: KeyboardEvent): string {
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return event.ctrlKey || event.metaKey ? `mod+${event.shiftKey ? 'shift+' : ''}${name}` : name;
}

/** Keys without a binding that act all the same, when they are pressed again. */
const REPLAYABLE = ['Enter', 'Backspace', 'Escape', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'];

/** Whether a key can be pressed again later. What only the browser does (reload, copy, scroll) it does at once. */
function canWait(event: KeyboardEvent): boolean {
  if (event.altKey) return false;
  // Ctrl+Enter is what a field makes of it.
  if (event.ctrlKey || event.metaKey) return event.key === 'Enter' || find(nameOf(event)) !== undefined;
  return event.key.length === 1 || REPLAYABLE.includes(event.key);
}

/** Keeps a key until what it acts on is there. */
export function holdKey(event: KeyboardEvent) {
  event.preventDefault();
  waiting = [...waiting, event];
}

/** Before anything else hears of a key: while others wait, it waits behind them. */
export function queueKey(event: KeyboardEvent) {
  if (replaying || event.isComposing || MODIFIERS.includes(event.key)) return;
  // Walking on by hand is a change of mind, as a click is.
  if (event.key === 'Tab') return dropKeys();
  if (!waiting.length && (isTyping(event.target) || !shut())) return;
  if (!canWait(event)) return;
  event.stopImmediatePropagation();
  holdKey(event);
}

/** A click is a change of mind. */
export function dropKeys() {
  chord = null;
  waiting = [];
}

export function handleKey(event: KeyboardEvent) {
  if (event.defaultPrevented || event.isComposing) return;
  const mod = event.ctrlKey || event.metaKey;
  if (event.altKey) return;
  const key = nameOf(event);
  const typing = isTyping(event.target);
  const layer = document.querySelector('dialog[open], :popover-open') !== null;

  const single = !mod && event.key.length === 1;
  if (single && (typing || layer || !app.singleKeys)) {
    // "/" and "?" are no letters: they only rest while typing and in dialogs.
    if (typing || layer || /[a-z0-9]/i.test(event.key)) return;
  }
  if (single && chord) {
    const hit = find(`${chord} ${key}`);
    chord = null;
    if (hit) {
      run(hit, event);
      return;
    }
  }
  chord = null;
  const hit = find(key);
  if (hit) {
    if ((typing || layer) && !hit.always) return;
    run(hit, event);
    return;
  }
  if (single && hasChord(key)) chord = key;
}

function run(binding: Binding, event: KeyboardEvent) {
  if (binding.ready && !binding.ready()) holdKey(event);
  else if (binding.run(event) !== false) event.preventDefault();
}

/** Lets waiting keys act once what they wait for is there. Fits an `$effect` of the window. */
export function replayWaiting() {
  const [first] = waiting;
  void bound;
  if (!first || shut()) return;
  const hit = find(nameOf(first));
  if (hit?.ready && !hit.ready()) return;
  // After this turn's effects: those that show what was waited for also bind its keys.
  queueMicrotask(replay);
}

function replay() {
  if (replaying) return;
  replaying = true;
  try {
    // What let them go may have opened another page, whose keys they are.
    flushSync();
    if (shut()) return;
    for (let [next] = waiting; next; [next] = waiting) {
      const rest = waiting.slice(1);
      waiting = [];
      press(next);
      flushSync();
      // It has to wait on: it is the first again.
      waiting = [...waiting, ...rest];
      if (waiting.length > rest.length || shut()) return;
    }
  } finally {
    replaying = false;
  }
}

/** What the browser would have done with the key, had it come just now. */
function press(was: KeyboardEvent) {
  const pressed = document.activeElement ?? document.body;
  const { key, code, ctrlKey, metaKey, shiftKey, altKey } = was;
  const again = { key, code, ctrlKey, metaKey, shiftKey, altKey, bubbles: true, cancelable: true };
  if (!pressed.dispatchEvent(new KeyboardEvent('keydown', again)) || ctrlKey || metaKey || altKey) return;
  // What was bound to it may have moved the focus: the key is typed there.
  const target = document.activeElement ?? document.body;
  if (key === 'Escape') closeTopmost();
  else if (isTyping(target)) {
    // Deprecated, and the only way to type that undo and `input` listeners hear of.
    if (key.length === 1) document.execCommand('insertText', false, key);
    else if (key === 'Backspace') document.execCommand('delete');
    else if (key === 'Enter' && target instanceof HTMLTextAreaElement)
      document.execCommand('insertLineBreak');
    else if (key === 'Enter' && target instanceof HTMLInputElement) target.form?.requestSubmit();
  } else if ((key === 'Enter' || key === ' ') && target instanceof HTMLElement) {
    if (target.matches(key === 'Enter' ? 'a[href], button, summary' : 'button, summary, input'))
      target.click();
  }
}

/** As the browser does for an Escape that nothing else wanted. */
function closeTopmost() {
  const top = [...document.querySelectorAll<HTMLElement>('dialog[open], :popover-open')].at(-1);
  if (top instanceof HTMLDialogElement) top.requestClose();
  else top?.hidePopover();
}
