/** Pure: how a lead's entries become days, text threads and groups of updates. */
import type { Entry, EntryOf } from '../../../lib/api';
import { dayKey, ms, plural } from '../../../lib/format';

/** What services only note about somebody. */
export type UpdateEntry = EntryOf<'status' | 'contact' | 'conversation'>;

export type SortOrder = 'newest' | 'oldest';

export type Block =
  | { type: 'entry'; id: string; at: string; entry: Entry }
  /** Texts of one sender that follow each other; always oldest first, as they were read. */
  | { type: 'thread'; id: string; at: string; entries: EntryOf<'message'>[] }
  /** Routine updates of one sender that follows each other. */
  | { type: 'updates'; id: string; at: string; entries: UpdateEntry[] };

export interface Day {
  key: string;
  at: string;
  blocks: Block[];
}

/** Status pings and bookkeeping of services fold; what closes a journey never does. */
export function isRoutineUpdate(entry: Entry): entry is UpdateEntry {
  if (entry.kind === 'contact' || entry.kind === 'conversation') return true;
  if (entry.kind !== 'status') return false;
  const { stage } = entry.status;
  return stage !== 'lost' && stage !== 'unreachable' && stage !== 'do_not_contact';
}

const sameSender = (a: Entry, b: Entry) => a.provider === b.provider && a.source === b.source;

function byTime(a: Entry, b: Entry): number {
  return ms(a.at) - ms(b.at) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/**
 * Days in the wanted order, and in each its blocks. A thread or group stands where its last entry stands when the
 * newest come first, and where its first entry stands when the oldest do.
 */
export function days(entries: readonly Entry[], order: SortOrder, zone?: string): Day[] {
  const sorted = [...entries].sort(byTime);
  const made: { key: string; blocks: { last: Entry; block: Block }[] }[] = [];
  for (const entry of sorted) {
    const key = dayKey(entry.at, zone);
    let day = made[made.length - 1];
    if (!day || day.key !== key) {
      day = { key, blocks: [] };
      made.push(day);
    }
    const latest = day.blocks[day.blocks.length - 1];
    if (entry.kind === 'message') {
      // Noise between two texts does not tear a thread apart.
      const open = lastThread(day.blocks, entry);
      if (open) {
        open.block.entries.push(entry);
        open.holder.last = entry;
        continue;
      }
      day.blocks.push({
        last: entry,
        block: { type: 'thread', id: entry.id, at: entry.at, entries: [entry] },
      });
    } else if (isRoutineUpdate(entry)) {
      if (latest?.block.type === 'updates' && sameSender(latest.last, entry)) {
        latest.block.entries.push(entry);
        latest.last = entry;
        continue;
      }
      day.blocks.push({
        last: entry,
        block: { type: 'updates', id: entry.id, at: entry.at, entries: [entry] },
      });
    } else {
      day.blocks.push({ last: entry, block: { type: 'entry', id: entry.id, at: entry.at, entry } });
    }
  }
  const out = made.map((day) => {
    const blocks = day.blocks.map(({ last, block }) => ({
      ...block,
      at: order === 'newest' ? last.at : block.at,
    }));
    blocks.sort((a, b) => (order === 'newest' ? ms(b.at) - ms(a.at) : ms(a.at) - ms(b.at)));
    return { key: day.key, at: blocks[0]?.at ?? '', blocks };
  });
  return order === 'newest' ? out.reverse() : out;
}

/** What a service or a person only noted does not tear a conversation apart. */
const QUIET: Entry['kind'][] = ['status', 'outcome', 'action'];

function lastThread(blocks: { last: Entry; block: Block }[], entry: Entry) {
  for (let i = blocks.length - 1; i >= 0; i--) {
    const holder = blocks[i];
    if (!holder) return;
    const { block } = holder;
    if (block.type === 'updates' || (block.type === 'entry' && QUIET.includes(block.entry.kind))) continue;
    return block.type === 'thread' && sameSender(holder.last, entry) ? { holder, block } : undefined;
  }
}

const LATE = 5 * 60_000;

/** A row of a file that was brought in: nobody sent it, so it is neither late nor unsigned. */
export const isImported = (entry: Entry): boolean => entry.event === 'imported';

/** How much later than it happened something arrived, in milliseconds; 0 when that is no more than 5 minutes. */
export function lateBy(entry: Entry): number {
  if (entry.at_source !== 'sender' || entry.source === null || isImported(entry)) return 0;
  // A call is told of when it is over.
  const lasted = entry.kind === 'call' ? (entry.call.duration_s ?? 0) : 0;
  const ended = ms(entry.at) + Math.max(0, Math.min(lasted, 86_400)) * 1000;
  const late = ms(entry.received_at) - ended;
  return late > LATE ? late : 0;
}

const UPDATES: Record<UpdateEntry['kind'], string> = {
  status: 'status update',
  contact: 'contact update',
  conversation: 'conversation update',
};

/** The word a service said; empty where it said none. */
function wordOf(entry: UpdateEntry): string {
  switch (entry.kind) {
    case 'status':
      return entry.status.status;
    case 'conversation':
      return entry.conversation.status ?? '';
    case 'contact':
      return '';
  }
}

/** `3 status updates from Meera` without the name; the words they said, in order, each once. */
export function updateGroupLabel(entries: readonly UpdateEntry[]): { what: string; said: string[] } {
  const [kind, another] = new Set(entries.map((e) => e.kind));
  const word = kind && !another ? UPDATES[kind] : 'update';
  const said = entries.map(wordOf).filter((one) => one !== '');
  return { what: plural(entries.length, word), said: [...new Set(said)] };
}
