/** The words of the trade for people, and the order of the stages. */
import type { Call, CallState, DeliveryState, Outcome, SentimentLabel, Stage } from './api';

export const OPEN_STAGES: Stage[] = ['new', 'contacted', 'responded', 'quoted', 'booked', 'converted'];
export const CLOSING_STAGES: Stage[] = ['lost', 'unreachable', 'do_not_contact'];
export const STAGES: Stage[] = [...OPEN_STAGES, ...CLOSING_STAGES];

export const stageName: Record<Stage, string> = {
  new: 'New',
  contacted: 'Contacted',
  responded: 'Responded',
  quoted: 'Quoted',
  booked: 'Booked',
  converted: 'Converted',
  lost: 'Lost',
  unreachable: 'Unreachable',
  do_not_contact: 'Do not contact',
};

/** How far leads came: another number than those whose outcome it is, so another name. */
export const reachedName = (stage: Stage): string =>
  stage === 'new' ? stageName.new : `Got to ${stageName[stage].toLowerCase()}`;

/** What a number called Booked counts, on every screen; the report says of which period besides. */
export const BOOKED_COUNTS = 'Leads whose standing outcome is booked';

export const OUTCOMES: Outcome[] = [
  'booked',
  'quoted',
  'follow_up',
  'not_interested',
  'no_answer',
  'spam',
  'wrong_number',
  'other',
];

export const outcomeName: Record<Outcome, string> = {
  booked: 'Booked',
  quoted: 'Quoted',
  follow_up: 'Follow up',
  not_interested: 'Not interested',
  no_answer: 'No answer',
  spam: 'Spam',
  wrong_number: 'Wrong number',
  other: 'Other',
};

export const outcomeKey: Record<Outcome, string> = {
  booked: 'B',
  quoted: 'U',
  follow_up: 'F',
  not_interested: 'I',
  no_answer: 'A',
  spam: 'S',
  wrong_number: 'W',
  other: 'T',
};

export const outcomeTone: Record<Outcome, '' | 'o-good' | 'o-acc'> = {
  booked: 'o-good',
  quoted: 'o-acc',
  follow_up: 'o-acc',
  not_interested: '',
  no_answer: '',
  spam: '',
  wrong_number: '',
  other: '',
};

export const sentimentName: Record<SentimentLabel, string> = {
  positive: 'Positive',
  neutral: 'Neutral',
  negative: 'Negative',
  mixed: 'Mixed',
};

export const stateName: Record<DeliveryState, string> = {
  processed: 'Processed',
  duplicate: 'Duplicate',
  repaired: 'Repaired',
  quarantined: 'Quarantined',
  rejected: 'Rejected',
};

export const callStateName: Record<CallState, string> = {
  ringing: 'Ringing',
  in_progress: 'On the line',
  completed: 'Completed',
  missed: 'Missed',
  abandoned: 'Hung up before an answer',
  voicemail: 'Voicemail',
  failed: 'Could not connect',
};

/** Longer than any call lasts: one of whose end nobody told by then is not going on. */
const LONGEST_CALL = 4 * 3_600_000;

type Going = Pick<Call, 'state' | 'started_at'>;

/** Whether somebody told how it ended. */
export const isOver = ({ state }: Pick<Call, 'state'>): boolean =>
  state !== 'ringing' && state !== 'in_progress';

/** Whether a call rings or is talked on now, as far as anybody told. `now`: milliseconds. */
export function isLive(call: Going, now: number): boolean {
  if (isOver(call)) return false;
  return call.started_at === null || now - Date.parse(call.started_at) < LONGEST_CALL;
}

/** How far a call has come. */
export function callStateWord(call: Going, now: number): string {
  return !isOver(call) && !isLive(call, now) ? 'Not told how it ended' : callStateName[call.state];
}

const PROVIDERS: Record<string, { name: string; letters: string }> = {
  meera: { name: 'Meera', letters: 'M' },
  callrail: { name: 'CallRail', letters: 'CR' },
  'curious-thing': { name: 'Curious Thing', letters: 'CT' },
  telmetrics: { name: 'Telmetrics', letters: 'T' },
  varda: { name: 'Varda', letters: 'V' },
  leadtrail: { name: 'You', letters: 'Y' },
};

export function providerName(slug: string): string {
  return PROVIDERS[slug]?.name ?? (slug ? slug.charAt(0).toUpperCase() + slug.slice(1) : 'Not known');
}

export function providerLetters(slug: string): string {
  return PROVIDERS[slug]?.letters ?? (slug ? slug.slice(0, 1).toUpperCase() : '?');
}

/** Everything that named this person was erased: what is left counts, and says nothing. */
export function isErased(lead: object | null | undefined): boolean {
  return (lead as { erased?: boolean } | null | undefined)?.erased === true;
}

/** What the rooms of the rail are called. */
export const roomName: Record<string, string> = {
  leads: 'Leads',
  calls: 'Calls',
  reports: 'Reports',
  deliveries: 'Deliveries',
  sources: 'Sources',
  settings: 'Settings',
};
