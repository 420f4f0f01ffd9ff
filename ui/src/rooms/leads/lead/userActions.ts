/** What people here did about a lead: it can be taken back, and done again, for ever. */
import type { Entry } from '../../../lib/api';
import { money } from '../../../lib/money';
import { oneLine } from '../../../lib/text';
import { isErased, outcomeName } from '../../../lib/labels';

/** A person did it, so a person can take it back. What was erased is no more. */
export const isUserAction = (entry: Entry): boolean =>
  entry.source === null && ['note', 'outcome', 'action'].includes(entry.kind) && !isErased(entry);

/** `note`, `outcome Quoted, $900`, `tag Kitchen`: what it was, in a word or two. */
export function userActionLabel(entry: Entry, currency: string): string {
  switch (entry.kind) {
    case 'outcome': {
      const { outcome, value_cents: cents } = entry.outcome;
      return `outcome ${outcomeName[outcome]}${cents ? `, ${money(cents, currency)}` : ''}`;
    }
    case 'action': {
      const { type, tag, rep } = entry.action;
      if (tag) return `${type === 'untag' ? 'removed tag' : 'tag'} ${oneLine(tag, 40)}`;
      return rep ? `assignment to ${oneLine(rep, 40)}` : 'assignment to nobody in particular';
    }
    default:
      return entry.kind;
  }
}

/** `note “Wants the oak one” by Ann`: which of them it was, for whoever cannot see it any more. */
export function userActionSummary(entry: Entry, currency: string): string {
  const said = entry.kind === 'note' ? ` “${oneLine(entry.note.text, 40)}”` : '';
  const by = entry.kind === 'note' ? entry.note.by : entry.kind === 'action' ? entry.action.by : null;
  return `${userActionLabel(entry, currency)}${said}${by ? ` by ${oneLine(by, 40)}` : ''}`;
}
