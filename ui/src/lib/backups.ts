/** The words of Backups. */
import type { Backup, BackupKind, ComingSource, Restored } from './api';
import { count, plural } from './format';
import { shortUrl } from './sourceLabels';

export const kindName: Record<BackupKind, string> = {
  daily: 'Daily',
  weekly: 'Weekly',
  monthly: 'Monthly',
  migration: 'Before an update',
  hand: 'By hand',
  before_restore: 'Before a restore',
  saved: 'Saved when the file was away',
};

/** How a service that comes with a backup stands to those here: `connected here too, under another address`. */
export function comingWords(source: ComingSource): string {
  if (source.closed) return 'closed';
  if (!source.known) return 'not connected here';
  return source.same_address ? 'connected here too' : 'connected here too, under another address';
}

/** An address as it is told apart without letting anybody send to it: `127.0.0.1:8787/hooks/…a1b2`. */
export function hiddenAddress(url: string): string {
  const { host, key, event } = shortUrl(url);
  return key ? `${host}/hooks${key}${event}` : host;
}

/** `All that senders sent since was carried over: 12 deliveries.` */
export function restoredWords(done: Partial<Restored> | undefined): string {
  const out: string[] = [];
  if (done?.carried_over)
    out.push(
      `${plural(done.carried_over, 'delivery that came', 'deliveries that came')} since ${done.carried_over === 1 ? 'was' : 'were'} carried over.`,
    );
  if (done?.left_out)
    out.push(
      `${plural(done.left_out, 'thing', 'things')} done in the window since ${done.left_out === 1 ? 'is' : 'are'} only in the kept file.`,
    );
  return out.join(' ');
}

/** `7 daily, 5 weekly and 12 monthly ones are kept.` */
export function holding(items: Pick<Backup, 'holds_erased'>[]): string {
  const n = items.filter((i) => i.holds_erased.length > 0).length;
  return n === 1
    ? '1 backup still holds an erased person.'
    : `${count(n)} backups still hold an erased person.`;
}

/** A number of backups to keep, as typed; nothing where it is none. */
export function keepNumber(text: string): number | undefined {
  if (!/^\d{1,3}$/.test(text.trim())) return undefined;
  const n = Number(text);
  return n <= 365 ? n : undefined;
}
