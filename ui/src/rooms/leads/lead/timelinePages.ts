/**
 * A long story read in parts, newest first, and kept fresh by asking only for what is not as it was. Each part knows a
 * digest over itself and everything older; where the server still answers the same one, all of it is here already.
 */
import type { Entry } from '../../../lib/api';

/** How much is asked for at once. */
export const PAGE_SIZES = {
  /** Entries of the first answer: what is read first. The rest comes behind it, in as few answers as may be. */
  first: 100,
  rest: 2000,
  /** With more news than this above the first place that is known, the newest are a part of their own again. */
  head: 300,
};

export interface TimelinePage {
  /** The cursor it begins behind; `null` at the newest entry. */
  from: string | null;
  /** Over its entries and all older ones, as they were when it was read. */
  digest: string | null;
  /** Newest first. */
  entries: Entry[];
}

export interface PageResponse {
  entries: Entry[];
  next_cursor: string | null;
  digest?: string | null;
  rest_digest?: string | null;
}

/** Asks for the entries behind `cursor`, newest first, at most `limit` and not beyond the place `until`. */
export type FetchPage<A extends PageResponse> = (part: {
  cursor?: string;
  until?: string;
  limit: number;
}) => Promise<A>;

/**
 * Reads what is not as it is `known`. `show` is handed what there is after each answer, the parts not read again yet
 * as they were known. Answers the parts, and whether the story changed while it was read, so that it has to be looked
 * at once more.
 */
export async function refreshPages<A extends PageResponse>(
  known: readonly TimelinePage[],
  ask: FetchPage<A>,
  show: (entries: Entry[], answer: A) => void,
  sizes = PAGE_SIZES,
): Promise<{ parts: TimelinePage[]; moved: boolean }> {
  const before = new Map(known.flatMap((part) => part.entries.map((entry) => [entry.id, entry])));
  const parts: TimelinePage[] = [];
  let moved = false;
  let from: string | null = null;
  let expected: string | null | undefined;
  /** The next place that is known. */
  let next = 1;
  for (;;) {
    const until = known[next]?.from ?? undefined;
    const is_first = from === null && (until === undefined || (known[0]?.entries.length ?? 0) > sizes.head);
    const answer: A = await ask({
      cursor: from ?? undefined,
      until,
      limit: is_first ? sizes.first : sizes.rest,
    });
    moved ||= expected !== undefined && answer.digest !== expected;
    const entries = answer.entries.map((entry) => asBefore(before.get(entry.id), entry));
    parts.push({ from, digest: answer.digest ?? null, entries });
    expected = answer.rest_digest ?? null;
    from = answer.next_cursor ?? until ?? null;
    const is_known = from !== null && from === until && known[next]?.digest === expected;
    if (is_known) parts.push(...known.slice(next));
    // Nothing is older, or all of that is here.
    if (is_known || from === null || expected === null) {
      show(mergePages(parts), answer);
      return { parts, moved };
    }
    if (from === until) next++;
    show(mergePages([...parts, { from, digest: null, entries: olderThan(parts, known) }]), answer);
  }
}

/** The same object where nothing changed: what shows it has nothing to do then. */
function asBefore(was: Entry | undefined, is: Entry): Entry {
  return was && JSON.stringify(was) === JSON.stringify(is) ? was : is;
}

/** What was known and is older than everything in `parts`. */
function olderThan(parts: readonly TimelinePage[], known: readonly TimelinePage[]): Entry[] {
  const oldest = parts.findLast((part) => part.entries.length)?.entries.at(-1);
  const here = new Set(parts.flatMap((part) => part.entries.map((entry) => entry.id)));
  const all = known.flatMap((part) => part.entries);
  return all.filter((entry) => !here.has(entry.id) && (!oldest || entry.at <= oldest.at));
}

/** All entries, oldest first, each once. */
export function mergePages(parts: readonly TimelinePage[]): Entry[] {
  const all = new Map<string, Entry>();
  for (const part of parts)
    for (const entry of part.entries) if (!all.has(entry.id)) all.set(entry.id, entry);
  return [...all.values()].reverse();
}
