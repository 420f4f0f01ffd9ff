/** The words of erasing one person. */
import type { Erasure } from '../../lib/api';
import { listed, plural } from '../../lib/format';

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

/** What has to be typed: the name where it can be typed, otherwise a word. */
export function typedName(name: string): string {
  return name.length <= 40 && /^[\p{L}\p{N}][\p{L}\p{N} .,'’()+-]*$/u.test(name) ? name : 'erase';
}

/** What was typed is it: capitals, accents written in parts and double spaces do not matter. */
export function typedRight(typed: string, wanted: string): boolean {
  const plain = (text: string) => text.normalize('NFC').replace(/\s+/g, ' ').trim().toLowerCase();
  return plain(typed) === plain(wanted);
}
