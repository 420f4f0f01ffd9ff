/** A delivery in words for people. */
import type {
  Delivery,
  DeliveryDetail,
  DeliveryState,
  Quarantine,
  ReplayAnswer,
  TouchedLead,
} from '../../lib/api';
import { count, hourMinuteSecond, moment, plural } from '../../lib/format';
import { oneLine } from '../../lib/text';
import { providerName } from '../../lib/labels';

export const STATES: DeliveryState[] = ['processed', 'duplicate', 'repaired', 'quarantined', 'rejected'];

/** What became of those that were kept: they add up to all that was kept. What was refused is counted apart. */
export const KEPT = STATES.filter((state) => state !== 'rejected');

/** What each chip counts. */
export const stateCounts: Record<DeliveryState | 'all', string> = {
  all: 'Every request that was kept. What was rejected is counted apart',
  processed: 'Read, and on the timeline',
  duplicate: 'All of it was here already: kept, and nothing was added',
  repaired: 'A copy was mended so that it could be read; on the timeline',
  quarantined: 'Could not be read or verified: kept, on no timeline yet',
  rejected: 'Requests that were refused: only counted, nothing of them was kept',
};

/** What the rows of the rejected are: each stands for many requests. */
export const refusedWords = (n: number): string =>
  `${plural(n, 'request')} ${n === 1 ? 'was' : 'were'} refused. Each row below stands for all of one day, one source and one reason; nothing of them was kept.`;

/** RFC 3339 times within our own sentences are shown in the viewer's zone: "Known since 08:40:09". */
export function localTimes(text: string, now: number): string {
  return text.replace(/\bsince (\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))/g, (all, time: string) => {
    const short = moment(time, now);
    return short ? `since ${short.length === 5 ? hourMinuteSecond(time) : short}` : all;
  });
}

export const signatureWord: Record<DeliveryDetail['signature'], { text: string; tone: string }> = {
  verified: { text: 'Verified', tone: 'c-good' },
  unsigned: { text: 'Not signed', tone: '' },
  failed: { text: 'Not verified', tone: 'c-warn' },
  none: { text: 'None', tone: '' },
};

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** One line of the ledger: what it did, or why it did nothing. */
export function deliveryLabel(delivery: Delivery, now: number): string {
  const { what, reason, state } = delivery;
  if (state === 'rejected' && reason) {
    return oneLine(capital(what ? `${reason.replace(/\.$/, '')}, ${what}` : reason), 160);
  }
  return oneLine(localTimes(what || reason || '', now), 160);
}

/** The title of a delivery: why it is as it is. */
export function why(delivery: DeliveryDetail): string {
  // A title of one sentence has no full stop.
  if (delivery.reason) return capital(delivery.reason.replace(/^([^.]+)\.$/, '$1'));
  const who = providerName(delivery.provider);
  switch (delivery.state) {
    case 'duplicate':
      return `${who} sent this before`;
    case 'repaired':
      return `${who} sent something that needed mending`;
    case 'quarantined':
      return `${who} sent something we could not read`;
    case 'rejected':
      return 'This was refused';
    default:
      return oneLine(delivery.what, 160) || `${who} told us something`;
  }
}

/** One plain paragraph under the title. */
export function explain(delivery: DeliveryDetail): string {
  const line = delivery.place ? `Line ${count(delivery.place.line)} is where reading stopped. ` : '';
  switch (delivery.state) {
    case 'duplicate':
      return 'Everything in it was here already, so nothing was added. It is counted and kept.';
    case 'repaired':
      return 'We mended a copy to read it, and all of it counts. What was sent is kept below, as it came.';
    case 'quarantined':
      return delivery.signature === 'failed'
        ? 'Nobody can be sure who sent it, so it is on no timeline. All of it is kept, and it is checked again as soon as the right key is added.'
        : `${line}It is on no timeline yet. All of it is kept and can be replayed once the cause is mended.`;
    case 'rejected':
      return `${delivery.what ? `${oneLine(delivery.what, 40)} in a day. ` : ''}Refused ones are only counted: nothing of them was kept, and no timeline changed.`;
    default:
      return delivery.signature === 'unsigned'
        ? 'It is on the timeline. This source has no key, so it is trusted by the secret in its address.'
        : 'It is on the timeline.';
  }
}

export interface ReplaySummary {
  /** Something would be placed. */
  possible: boolean;
  /** One sentence; where `lead` is known, its name follows. */
  text: string;
  /** Who, where it is one person and the server says so. */
  lead?: TouchedLead;
  more: string;
  /** Who is touched, by what happens to them. */
  touched: { what: TouchedLead['what']; leads: TouchedLead[]; more: number }[];
}

const TOUCHED: TouchedLead['what'][] = ['added', 'changed', 'merged'];
export const touchedWord: Record<TouchedLead['what'], string> = {
  added: 'New',
  changed: 'Changed',
  merged: 'Joined',
};

/** What a replay would do, or did. */
export function summarizeReplay(answer: ReplayAnswer, done = false): ReplaySummary {
  const placed = (done ? answer.placed : answer.would_place) ?? 0;
  const left = answer.still_quarantined;
  if (!placed) {
    return left
      ? {
          possible: false,
          text: 'A replay now would change nothing.',
          more: 'What stopped it the first time would stop it again.',
          touched: [],
        }
      : { possible: false, text: 'There is nothing to replay.', more: '', touched: [] };
  }
  const merged = answer.leads_merged ?? 0;
  const n = { added: answer.leads_added, changed: answer.leads_changed, merged };
  const entries = plural(answer.entries_added, 'entry', 'entries');
  const leads = plural(answer.leads_added + answer.leads_changed, 'lead');
  const fresh = answer.leads_added
    ? answer.leads_changed
      ? `, ${count(answer.leads_added)} of them new`
      : answer.leads_added === 1
        ? ', a new one'
        : ', all of them new'
    : '';
  const named = answer.leads ?? [];
  const total = n.added + n.changed + n.merged;
  const lead = named.length === 1 && total === 1 ? named[0] : undefined;
  const text = `${done ? 'Added' : 'This would add'} ${entries} to`;
  const more = [
    merged
      ? `${plural(merged, 'lead')} ${done ? 'turned' : 'would turn'} out to be the same ${merged === 1 ? 'person as another' : 'people as others'}.`
      : '',
    left ? `${count(left)} of ${count(answer.checked)} ${done ? 'stay' : 'would stay'} in quarantine.` : '',
  ].filter(Boolean);
  const touched = lead
    ? []
    : TOUCHED.map((what) => {
        const some = named.filter((l) => l.what === what);
        return { what, leads: some, more: Math.max(0, n[what] - some.length) };
      }).filter((group) => group.leads.length || (named.length && group.more));
  return {
    possible: true,
    text: lead ? text : `${text} ${leads}${fresh}.`,
    lead,
    more: more.join(' ') || (done ? '' : 'Nothing else changes.'),
    touched,
  };
}

/** How many were chosen, as a title: `3 deliveries`, `All 37 in quarantine`. */
export function chosenWords(n: number, all: boolean, state: DeliveryState | undefined): string {
  if (!all || n === 1) return plural(n, 'delivery', 'deliveries');
  return `All ${count(n)}${state === 'quarantined' ? ' in quarantine' : state ? ` ${state}` : ''}`;
}

/** What there is to say of the room in a source's quarantine; empty while there is plenty and nothing was dropped. */
export function roomWords(name: string, quarantine: Quarantine | undefined, now: number): string {
  if (!quarantine) return '';
  const { kept, kept_bytes, limit, limit_bytes, dropped, dropped_at } = quarantine;
  const full = Math.max(limit ? kept / limit : 0, limit_bytes ? kept_bytes / limit_bytes : 0);
  const room = `${count(kept)} of at most ${count(limit)} wait`;
  if (dropped) {
    const when = dropped_at ? `, last ${moment(dropped_at, now)}` : '';
    return `The quarantine of ${name} was full: its ${dropped === 1 ? 'oldest message' : `${count(dropped)} oldest messages`} that could not be verified ${dropped === 1 ? 'was' : 'were'} dropped${when}. ${room}.`;
  }
  if (full >= 0.8) {
    return `The quarantine of ${name} is nearly full: ${room}. When it is full, the oldest that could not be verified make room.`;
  }
  return '';
}
