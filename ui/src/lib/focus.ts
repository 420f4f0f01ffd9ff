/**
 * Where the focus goes. One rule, for every room:
 *
 * 1. It moves in the same turn as the key or click that moves it: what it goes to is drawn first (`flushSync`),
 *    then focused. Nothing moves it later, on a timer, a frame or an answer, away from where somebody is by then.
 * 2. What closes gives it back to where it was before: a popover, a dialog, the note, a message at the bottom.
 * 3. Where that is gone, or what had the focus is taken away, it goes home: to the nearest place around it that
 *    stays, marked `data-home` (the timeline, a list, a popover), and at last to the page's `main`. Never to `body`.
 * 4. Coming back to a list, it goes to the row that was left.
 *
 * What is not there yet cannot take it: keys pressed meanwhile wait, see `keys.svelte.ts`.
 */
import { flushSync } from 'svelte';

/** Places that only pass the focus on: what had it before gets it back. */
const PASSING = '[data-passing]';
const HOME = '[data-home]';

/** What has the focus and all around it, innermost first; kept, because what was taken away has no parents. */
let path: HTMLElement[] = [];
/** The same, of what had it before a place that only passes it on. */
let before: HTMLElement[] = [];

const around = (element: Element | null): HTMLElement[] => {
  const out: HTMLElement[] = [];
  for (let at = element; at; at = at.parentElement) if (at instanceof HTMLElement) out.push(at);
  return out;
};

const lost = () => document.activeElement === null || document.activeElement === document.body;

function focus(element: HTMLElement | null | undefined): boolean {
  if (!element?.isConnected) return false;
  element.focus({ preventScroll: true });
  return document.activeElement === element;
}

/** Draws what changed, then focuses what `find` names. Answers whether it took the focus. */
export function focusNow(find: () => HTMLElement | null | undefined): boolean {
  flushSync();
  return focus(find());
}

/** Sends the focus home: the nearest place around `from` that stays. */
export function goHome(from: readonly HTMLElement[] = path) {
  const passed = from.some((e) => e.matches(PASSING));
  const places = passed ? [...before, ...from] : from;
  // What had it before a passing place may still be there itself.
  if (passed && before[0] && before[0] !== document.body && visible(before[0]) && focus(before[0])) return;
  for (const place of places) if (place.matches(HOME) && visible(place) && focus(place)) return;
  focus(document.querySelector<HTMLElement>('main'));
}

const visible = (element: HTMLElement) => element.isConnected && element.checkVisibility();

/** Remembers what has the focus; the answer gives it back, or sends it home where that is gone. */
export function keepFocus(): () => void {
  const kept = around(document.activeElement);
  return () => {
    const [was] = kept;
    if (was && was !== document.body && visible(was) && focus(was)) return;
    goHome(kept);
  };
}

/**
 * For work that takes a while: the answer moves the focus to something new only if it is still where it was, or was
 * lost on the way. Whoever went on meanwhile is left alone.
 */
export function stillHere(): (find: () => HTMLElement | null | undefined) => void {
  const from = document.activeElement;
  return (find) => {
    flushSync();
    const now = document.activeElement;
    if (now === from || lost() || (now instanceof HTMLElement && now.matches(HOME) && !from?.isConnected))
      focus(find());
  };
}

/** Nobody put the focus anywhere yet: it is at home or nowhere. */
export function atHome(): boolean {
  return lost() || document.activeElement === document.querySelector('main');
}

/** Watches over the rule; answers how to stop. Fits an `$effect`. */
export function watchFocus(): () => void {
  const moved = (event: FocusEvent) => {
    const to = around(event.target as Element);
    if (to.some((e) => e.matches(PASSING)) && !path.some((e) => e.matches(PASSING))) before = path;
    path = to;
  };
  // What is taken away with the focus in it: its removal is the only sign of it.
  const removed = new MutationObserver((records) => {
    const [was] = path;
    if (!was || !lost()) return;
    if (!was.isConnected) goHome();
    // It was only moved, such as a row to another place; by hand nobody took the focus away.
    else if (records.some((r) => [...r.removedNodes].some((n) => n.contains(was)))) focus(was);
  });
  addEventListener('focusin', moved);
  removed.observe(document.body, { childList: true, subtree: true });
  return () => {
    removeEventListener('focusin', moved);
    removed.disconnect();
  };
}
