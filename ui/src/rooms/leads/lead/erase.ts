/** The words of erasing one person. */
import type { Erasure } from '../../../lib/api';
import { listed, plural } from '../../../lib/format';

/** `4 calls, 9 texts, 1 form and 31 raw messages`: what goes, the largest words first. */
export function leavingWords(what: Erasure): string {
  const parts: string[] = [];
  const rest = what.events - what.calls - what.messages - what.notes;
  if (what.calls) parts.push(plural(what.calls, 'call'));
  if (what.messages) parts.push(plural(what.messages, 'text'));
  if (what.notes) parts.push(plural(what.notes, 'note'));
  if (rest > 0) parts.push(plural(rest, parts.length ? 'other event' : 'event'));
  if (what.deliveries) parts.push(plural(what.deliveries, 'raw message'));
  if (what.quarantined) parts.push(`${plural(what.quarantined, 'message')} in quarantine`);
  if (what.uploads) parts.push(`${plural(what.uploads, 'file')} waiting to be imported`);
  return listed(parts) || 'Everything about them';
}

/** What becomes of report files that were made since the person was first heard of; nothing where there are none. */
export function filesWords({ exports_deleted: n = 0, exports: others = [] }: Erasure, done: boolean): string {
  const be = (count: number, past: boolean) => (count === 1 ? (past ? 'was' : 'is') : past ? 'were' : 'are');
  const said: string[] = [];
  if (n)
    said.push(
      `${plural(n, 'report file')} made here since they were first heard of ${be(n, done)} deleted: ${n === 1 ? 'it' : 'they'} may name them, and can be made again.`,
    );
  if (others.length)
    said.push(
      `${plural(others.length, 'file')} in folders of your own may name them too, and ${be(others.length, false)} for you to delete.`,
    );
  return said.join(' ');
}

/** What other people said of them stays, and is for the owner to look at; nothing where there is none. */
export function namedWords({ named_elsewhere: n = 0 }: Erasure): string {
  if (!n) return '';
  return n === 1
    ? '1 message or note of another lead names them too. It is not touched:'
    : `${plural(n, 'message or note', 'messages and notes')} of other leads name them too. They are not touched:`;
}

/** What has to be typed: the name where it can be typed, otherwise a word. */
export function typedName(name: string): string {
  return name.length <= 40 && /^[\p{L}\p{N}][\p{L}\p{N} .,'’()+-]*$/u.test(name) ? name : 'erase';
}

/** What was typed is it: capitals, accents written in parts and double spaces do not matter. */
export function typedRight(typed: string, wanted: string): boolean {
  const plain = (text: string) => text.normalize('NFC').replace(/\s+/g, ' ').trim().toLowerCase();
  return plain(typed) === plain(wanted);
}
