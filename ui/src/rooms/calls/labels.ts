/** A call in few words for a list. */
import type { Call, CallState } from '../../lib/api';
import { callStateWord, isLive } from '../../lib/labels';

export const CALL_STATES: CallState[] = [
  'ringing',
  'in_progress',
  'completed',
  'missed',
  'abandoned',
  'voicemail',
  'failed',
];

/** `Incoming, answered`, `Missed`, `Outgoing, voicemail`. One that ended, and nobody told who spoke, is only completed. */
export function callWord(
  call: Pick<Call, 'direction' | 'state' | 'started_at' | 'answered'>,
  now: number,
): string {
  const out = call.direction === 'outbound';
  if (call.state === 'completed')
    return `${out ? 'Outgoing' : 'Incoming'}, ${call.answered ? 'answered' : 'completed'}`;
  const state = callStateWord(call, now) ?? call.state;
  if (!out) return state;
  if (call.state === 'missed' || call.state === 'abandoned') return 'Outgoing, no answer';
  return `Outgoing, ${state.charAt(0).toLowerCase()}${state.slice(1)}`;
}

/** The other side's number: who called, or who was called. */
export function otherSide(call: Pick<Call, 'direction' | 'from' | 'to'>): string | null {
  return call.direction === 'outbound' ? call.to : call.from;
}

/** Amber for calls nobody answered, red for those that failed, accent while they go on. */
export function callTone(call: Pick<Call, 'direction' | 'state' | 'started_at'>, now: number): string {
  if (isLive(call, now)) return 'c-acc';
  if (call.state === 'failed') return 'c-bad';
  const unanswered = call.state === 'missed' || call.state === 'abandoned' || call.state === 'voicemail';
  return unanswered && call.direction !== 'outbound' ? 'c-warn' : '';
}
