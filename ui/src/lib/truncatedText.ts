/**
 * What ends in dots shows its whole text under the pointer. One listener for all of it: whether a text is cut depends on
 * the window, and no part of a page has to know. Those who listen hear the whole text anyway.
 */

/** The titles that were given here, so that a text that changes or fits again is told by no old one. */
const given = new WeakMap<Element, string>();

function cut(at: HTMLElement): boolean {
  const css = getComputedStyle(at);
  return (
    (css.textOverflow === 'ellipsis' && at.scrollWidth > at.clientWidth) ||
    (css.webkitLineClamp !== 'none' && at.scrollHeight > at.clientHeight)
  );
}

function tell(event: PointerEvent) {
  let at = event.target instanceof HTMLElement ? event.target : null;
  for (let n = 0; at && at !== document.body && n < 4; n++, at = at.parentElement) {
    const mine = given.get(at);
    if (at.title && at.title !== mine) continue;
    if (cut(at)) {
      const text = at.innerText.trim();
      at.title = text;
      given.set(at, text);
    } else if (mine !== undefined) {
      at.removeAttribute('title');
      given.delete(at);
    }
  }
}

/** From now on; ends with what it returns. */
export function titleTruncatedText(): () => void {
  document.addEventListener('pointerover', tell);
  return () => document.removeEventListener('pointerover', tell);
}
