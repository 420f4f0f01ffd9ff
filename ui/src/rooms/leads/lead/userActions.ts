/** What people here did about a lead: it can be taken back, and done again, for ever. */
import type { Entry } from '../../../lib/api';
import { money } from '../../../lib/money';
import { oneLine } from '../../../lib/text';
import { isErased, outcomeName } from '../../../lib/labels';

/** A person did it, so a person can take it back. What was erased is no more. */
export const isUserAction = (entry: Entry): boolean =>
  entry.source === null && !!(entry.note || entry.outcome || entry.action) && !isErased(entry);

/** `note`, `outcome Quoted, $900`, `tag Kitchen`: what it was, in a word or two. */
export function userActionLabel(entry: Entry, currency: string): string {
  if (entry.note) return 'note';
  if (entry.outcome) {
    const { outcome, value_cents: cents } = entry.outcome;
    return `outcome ${outcomeName[outcome]}${cents ? `, ${money(cents, currency)}` : ''}`;
  }
  const tag = entry.action?.tag;
  if (tag) return `${entry.action?.type === 'untag' ? 'removed tag' : 'tag'} ${oneLine(tag, 40)}`;
  const rep = entry.action?.rep;
  return rep ? `assignment to ${oneLine(rep, 40)}` : 'assignment to nobody in particular';
}

/** `note “Wants the oak one” by Ann`: which of them it was, for whoever cannot see it any more. */
export function userActionSummary(entry: Entry, currency: string): string {
  const said = entry.note ? ` “${oneLine(entry.note.text, 40)}”` : '';
  const by = entry.note?.by ?? entry.action?.by;
  return `${userActionLabel(entry, currency)}${said}${by ? ` by ${oneLine(by, 40)}` : ''}`;
}
