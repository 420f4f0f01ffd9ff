/** Where what floats lies: beside its anchor and inside the window, wherever both move to. */

import { autoUpdate, computePosition, flip, offset, shift, size, type Placement } from '@floating-ui/dom';

/** What stays free at the edges of the window. */
const EDGE = 8;

export interface Floats {
  /** Where it lies; on the other side where that has more room. */
  placement: Placement;
  /** How far from its anchor, and how much further along it. */
  gap: number;
  along?: number;
  /** As its style says. */
  strategy: 'absolute' | 'fixed';
  /** It is no taller than the room there, and scrolls. */
  fits?: boolean;
}

/** Places `panel` by its anchor for as long as both are shown. Returns what ends that. */
export function floatBy(anchor: Element, panel: HTMLElement, floats: Floats): () => void {
  const { placement, gap, along = 0, strategy, fits } = floats;
  const place = async () => {
    const scrolled = panel.scrollTop;
    // Its own height decides on which side it lies.
    if (fits) panel.style.maxHeight = '';
    const { x, y } = await computePosition(anchor, panel, {
      placement,
      strategy,
      middleware: [
        offset({ mainAxis: gap, crossAxis: along }),
        flip({ padding: EDGE, crossAxis: false }),
        shift({ padding: EDGE }),
        fits &&
          size({
            padding: EDGE,
            apply: ({ availableHeight }) => {
              panel.style.maxHeight = `${Math.max(0, availableHeight)}px`;
            },
          }),
      ],
    });
    panel.style.left = `${x}px`;
    panel.style.top = `${y}px`;
    panel.scrollTop = scrolled;
  };
  return autoUpdate(anchor, panel, () => void place());
}
