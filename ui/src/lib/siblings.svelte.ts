/**
 * The list a lead was opened from: what `J` and `K` walk on its page, what "3 of 15" counts, and where Back leads.
 * A list offers itself while it is on screen, and stays offered when it is left; the history says which one a page was
 * opened from.
 */
import { parseHash } from './routes';

export interface Sibling {
  /** `null` where a row has no lead any more. */
  lead: number | null;
  href: string;
}

export interface Siblings {
  /** The address of the list. */
  at: string;
  /** One of its rows, such as "call"; empty for leads. */
  noun: string;
  /** In the order of the list, as far as it was read. */
  rows: () => readonly Sibling[];
  /** All there are, in words; empty where that is not known. */
  total: () => string;
  /** Reads on. */
  more?: () => void;
}

/** What makes two addresses the same list: which lead stands open beside it does not. */
export function sameList(a: string, b: string): boolean {
  const plain = (href: string) => {
    const { room, path, query } = parseHash(href);
    query.sort();
    return JSON.stringify([room, room === 'leads' ? [] : path, query.toString()]);
  };
  return a === b || plain(a) === plain(b);
}

class CurrentList {
  #list = $state.raw<Siblings | null>(null);

  offer(list: Siblings) {
    this.#list = list;
  }

  /** The list at that address, if it was on screen. */
  at(href: string | null): Siblings | null {
    const list = this.#list;
    return href !== null && list && sameList(list.at, href) ? list : null;
  }
}

export const currentList = new CurrentList();

/** Where a lead stands in a list: at its own address where a list has it more than once, else wherever it is first. */
export function placeOf(rows: readonly Sibling[], href: string, lead: number): number {
  const exact = rows.findIndex((row) => row.href === href);
  return exact >= 0 ? exact : rows.findIndex((row) => row.lead === lead);
}

/** The next row in a direction that has a lead. */
export function nextOf(rows: readonly Sibling[], at: number, by: 1 | -1): Sibling | undefined {
  for (let i = at + by; i >= 0 && i < rows.length; i += by) if (rows[i]?.lead) return rows[i];
}
