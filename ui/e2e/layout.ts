/** Whether what stands on a page keeps within its boxes: measured in the browser, said in words. */
import { expect, type Page } from '@playwright/test';

/** The widths the window is used at; each is another frame. */
export const SIZES = [
  [900, 600],
  [1100, 800],
  [1280, 800],
  [1920, 1080],
] as const;

/** Counts what a page has asked for and not heard yet; the long poll is always under way. */
export function underWay(page: Page): () => number {
  const open = new Set<unknown>();
  page.on('request', (request) => {
    if (!new URL(request.url()).pathname.startsWith('/api/changes')) open.add(request);
  });
  page.on('requestfinished', (request) => open.delete(request));
  page.on('requestfailed', (request) => open.delete(request));
  return () => open.size;
}

/** Nothing is on its way any more, and what came is drawn. */
export async function settled(page: Page, waiting: () => number) {
  await expect(async () => {
    expect(waiting()).toBe(0);
    const still = await page.evaluate(
      () =>
        new Promise<boolean>((done) =>
          requestAnimationFrame(() =>
            requestAnimationFrame(() =>
              done(
                !document.querySelector('[aria-busy="true"]') &&
                  document.fonts.status === 'loaded' &&
                  document
                    .getAnimations()
                    .every((a) => a.playState !== 'running' || a.effect?.getTiming().iterations === Infinity),
              ),
            ),
          ),
        ),
    );
    expect(still).toBe(true);
    expect(waiting()).toBe(0);
  }).toPass({ timeout: 20_000, intervals: [10, 20, 50, 100] });
}

/** What sticks out of its box, is cut off unseen, lies outside the window or over another thing that can be clicked. */
export function faults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    type Box = { left: number; top: number; right: number; bottom: number };
    const out: string[] = [];
    const said = new Set<string>();
    const styles = new Map<Element, CSSStyleDeclaration>();
    const style = (e: Element) => {
      let known = styles.get(e);
      if (!known) styles.set(e, (known = getComputedStyle(e)));
      return known;
    };
    const name = (e: Element) => {
      const classes = [...e.classList].filter((c) => !c.startsWith('svelte-')).join('.');
      const words = (e.getAttribute('aria-label') ?? e.textContent ?? '').trim().replace(/\s+/g, ' ');
      return `${e.tagName.toLowerCase()}${classes ? `.${classes}` : ''} “${words.slice(0, 40)}”`;
    };
    const say = (text: string) => {
      // One of a kind says it for all rows of a list.
      const kind = text.replace(/“[^”]*”/g, '').replace(/\d+/g, 'n');
      if (said.has(kind)) return;
      said.add(kind);
      out.push(text);
    };
    const px = (n: number) => `${Math.round(n * 10) / 10} px`;

    /* 1. The page itself never scrolls, and neither does any part of the frame. */
    const root = document.documentElement;
    const { scrollWidth, scrollHeight } = root;
    if (scrollWidth > innerWidth) say(`the page is ${px(scrollWidth - innerWidth)} wider than the window`);
    if (scrollHeight > innerHeight)
      say(`the page is ${px(scrollHeight - innerHeight)} taller than the window`);

    // While a dialog or a popover is open, that is what people deal with.
    const above = [...document.querySelectorAll(':popover-open, dialog:modal')];
    const over = (e: Element) => above.find((a) => a.contains(e));

    /** While something stands open above the page, that is what is measured. */
    const counts = (e: Element) => !above.length || !!over(e);
    const drawn = (e: Element) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    /** Only for those who listen, or hidden until it has the focus. */
    const unseen = (e: Element) => {
      for (let at: Element | null = e; at; at = at.parentElement)
        if (
          at.classList.contains('sr') ||
          at.classList.contains('skip-link') ||
          style(at).clipPath === 'inset(50%)'
        )
          return true;
      return false;
    };
    const ellipsis = (e: Element) =>
      style(e).textOverflow === 'ellipsis' || style(e).webkitLineClamp !== 'none';
    /** The whole text of what ends in dots can be had: it is the title, as soon as the pointer is on it. */
    const whole = (e: Element, text: string) => {
      e.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
      const squeezed = (t: string | null | undefined) => (t ?? '').replace(/\s+/g, '');
      for (let at: Element | null = e; at && at !== document.body; at = at.parentElement)
        if (squeezed(at.getAttribute('title') ?? at.getAttribute('aria-label')).includes(squeezed(text)))
          return true;
      return false;
    };
    const scrolls = (e: Element, axis: 'X' | 'Y') => /auto|scroll/.test(style(e)[`overflow${axis}`]);
    const hides = (e: Element, axis: 'X' | 'Y') => /hidden|clip/.test(style(e)[`overflow${axis}`]);

    /** Where a box sticks out of what holds it without a way to see it; and what of it is in view. */
    function held(e: Element, box: Box, what: string, own = false, slack = 1): Box | null {
      const view = { ...box };
      let free = false;
      for (let at: Element | null = e; at; at = at.parentElement) {
        const css = style(at);
        if ((own || at !== e) && css.display !== 'contents' && css.display !== 'inline') {
          const r = at.getBoundingClientRect();
          const inner: Box = {
            left: r.left + at.clientLeft,
            top: r.top + at.clientTop,
            right: r.left + at.clientLeft + at.clientWidth,
            bottom: r.top + at.clientTop + at.clientHeight,
          };
          for (const axis of ['X', 'Y'] as const) {
            const [from, to] = axis === 'X' ? (['left', 'right'] as const) : (['top', 'bottom'] as const);
            const before = inner[from] - view[from];
            const after = view[to] - inner[to];
            if (scrolls(at, axis)) {
              const at0 = axis === 'X' ? at.scrollLeft : at.scrollTop;
              if (before - at0 > slack) say(`${what} begins ${px(before)} before what scrolls, ${name(at)}`);
              view[from] = Math.max(view[from], inner[from]);
              view[to] = Math.min(view[to], inner[to]);
            } else if (hides(at, axis) || (at === root && !free)) {
              const cut = Math.max(before, after);
              const gone = view[from] >= inner[to] || view[to] <= inner[from];
              if (gone && whole(at, at.textContent ?? '')) return null;
              if (cut > slack && view[to] > view[from]) {
                if (axis === 'X' && ellipsis(at)) {
                  if (!whole(at, at.textContent ?? '')) say(`${what} is cut and its whole text is nowhere`);
                } else if (axis === 'Y' && ellipsis(at)) {
                  if (!whole(at, at.textContent ?? '')) say(`${what} is cut and its whole text is nowhere`);
                } else say(`${what} is cut by ${px(cut)} by ${name(at)}`);
              }
              view[from] = Math.max(view[from], inner[from]);
              view[to] = Math.min(view[to], inner[to]);
            }
          }
          if (view.right - view.left <= 0 || view.bottom - view.top <= 0) return null;
        }
        if (css.position === 'fixed' || at.matches(':popover-open, dialog:modal')) {
          free = true;
          const r = at.getBoundingClientRect();
          if (
            at.matches(':popover-open, dialog:modal') &&
            (r.left < 0 || r.top < 0 || r.right > innerWidth || r.bottom > innerHeight)
          )
            say(`${name(at)} reaches out of the window`);
          break;
        }
      }
      return view;
    }

    /* 2. Text lies in its boxes. */
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const e = node.parentElement;
      if (
        !e ||
        !/\S/.test(node.nodeValue ?? '') ||
        e.closest('script, style, option, title') ||
        !drawn(e) ||
        unseen(e)
      )
        continue;
      if (!counts(e)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const r of range.getClientRects()) {
        if (r.width < 1) continue;
        const text = `text of ${name(e)}`;
        // Letters may be a little taller than their line.
        held(
          e,
          { left: r.left, right: r.right, top: r.top + r.height * 0.2, bottom: r.bottom - r.height * 0.2 },
          text,
          true,
        );
        // Between the text and its row nothing may be narrower than the text.
        if (e.closest('svg')) continue;
        for (let at: Element | null = e; at && at !== document.body; at = at.parentElement) {
          const css = style(at);
          if (css.display === 'inline' || css.display === 'contents') continue;
          if (hides(at, 'X') || scrolls(at, 'X')) break;
          const b = at.getBoundingClientRect();
          const sideways = Math.max(b.left - r.left, r.right - b.right);
          if (sideways > 1) say(`${text} sticks out of ${name(at)} by ${px(sideways)}`);
          const up = Math.max(b.top - r.top, r.bottom - b.bottom) - r.height * 0.2;
          if (up > 1 && !hides(at, 'Y') && !scrolls(at, 'Y'))
            say(`${text} stands ${px(up)} above or below ${name(at)}`);
          // The padding of a row or a cell belongs to it: what reaches into it runs against the edge.
          const room = b.right - parseFloat(css.paddingRight) - parseFloat(css.borderRightWidth);
          if (
            at.matches('.row, .lrow, .hitrow, td, th, .btn, .chip, .card, .panel, .btn *') &&
            r.right - room > 1
          )
            say(`${text} reaches ${px(r.right - room)} into the edge of ${name(at)}`);
          if (css.position === 'absolute' || css.position === 'fixed') break;
        }
        break;
      }
    }

    /* 3. What ends in dots still says something. */
    for (const e of document.querySelectorAll('*')) {
      if (
        style(e).textOverflow !== 'ellipsis' ||
        e.scrollWidth <= e.clientWidth + 1 ||
        !drawn(e) ||
        unseen(e)
      )
        continue;
      if (e.clientWidth < 48) say(`only ${px(e.clientWidth)} are left for ${name(e)}`);
    }

    // Who it is and how far they got is never cut.
    if (innerWidth >= 1100)
      for (const e of document.querySelectorAll('.lead-head .who, .journey .step .s, .journey .step .s > *'))
        if (drawn(e) && !unseen(e) && e.scrollWidth > e.clientWidth + 1 && style(e).display !== 'inline')
          say(`${name(e)} is cut by ${px(e.scrollWidth - e.clientWidth)}`);

    /* 4. What hides its overflow has none. */
    for (const e of document.querySelectorAll('*')) {
      if (!drawn(e) || unseen(e) || ellipsis(e) || e.closest('svg, select, option')) continue;
      if (e instanceof HTMLInputElement || e instanceof HTMLTextAreaElement) continue;
      if (e.matches('.out') && whole(e, e.textContent ?? '')) continue;
      if (hides(e, 'X') && e.scrollWidth > e.clientWidth + 1)
        say(`${name(e)} hides ${px(e.scrollWidth - e.clientWidth)} at its side`);
      if (hides(e, 'Y') && e.scrollHeight > e.clientHeight + 1)
        say(`${name(e)} hides ${px(e.scrollHeight - e.clientHeight)} at its end`);
      if (scrolls(e, 'X') && e.scrollWidth > e.clientWidth + 1 && !e.matches('.sideways, pre, textarea'))
        say(`${name(e)} scrolls sideways by ${px(e.scrollWidth - e.clientWidth)}`);
    }

    /* 5. What can be clicked lies within reach, and not over another. */
    const clickable =
      'a[href], button, input, select, textarea, summary, [role="button"], [role="option"], [role="menuitem"], [role="radio"], [role="tab"], [role="switch"]';
    const seen: { e: Element; boxes: Box[]; top: Element | undefined }[] = [];
    for (const e of document.querySelectorAll(clickable)) {
      if (!drawn(e) || unseen(e) || !counts(e)) continue;
      if (e instanceof HTMLInputElement && (e.type === 'hidden' || e.type === 'file')) continue;
      const boxes = [...e.getClientRects()].flatMap((r) => {
        const view = held(e, r, name(e));
        return view && view.right - view.left > 1 && view.bottom - view.top > 1 ? [view] : [];
      });
      if (boxes.length) seen.push({ e, boxes, top: over(e) });
    }
    const pinned = (e: Element) => {
      for (let at: Element | null = e; at; at = at.parentElement)
        if (/sticky|fixed/.test(style(at).position)) return at;
      return null;
    };
    for (const [i, one] of seen.entries())
      for (const two of seen.slice(i + 1)) {
        if (one.top !== two.top || one.e.contains(two.e) || two.e.contains(one.e)) continue;
        for (const a of one.boxes)
          for (const b of two.boxes) {
            const w = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            // What is pinned in place covers what scrolls beneath it, and that scrolls out.
            if (w > 1 && h > 1 && pinned(one.e) === pinned(two.e))
              say(`${name(one.e)} lies over ${name(two.e)} (${px(w)} by ${px(h)})`);
          }
      }
    return out;
  });
}
