/** How many: of a list that is read page by page, never fewer than there are, and never a page's length for all of them. */
import { count } from './format';

export interface Arrivals {
  n: number;
  /** There may be more than that. */
  more: boolean;
}

/**
 * How many came since a list was read. `page` is its first page now and `shown` what is on screen; a page that ends with
 * something known reaches what was here, so nothing new lies behind it. Else the totals now and then tell.
 */
export function arrivals<T>(look: {
  page: readonly T[];
  shown: ReadonlySet<T>;
  /** There are pages behind it. */
  more: boolean;
  total: number | null;
  before: number | null;
}): Arrivals {
  const { page, shown, more, total, before } = look;
  const seen = page.filter((id) => !shown.has(id)).length;
  const last = page[page.length - 1];
  if (!more || last === undefined || shown.has(last)) return { n: seen, more: false };
  const grown = total === null || before === null ? null : total - before;
  // What left the list meanwhile hides as much that came.
  return grown !== null && grown >= seen ? { n: grown, more: false } : { n: seen, more: true };
}

/** `298`, `98+` */
export const atLeast = (n: number, more: boolean): string => `${count(n)}${more ? '+' : ''}`;

/** How many a list holds: the total where it is known, else what was read of it. */
export const countOf = (total: number | null, read: number, more: boolean): string =>
  total === null ? atLeast(read, more) : count(total);
