/** Pure: whether a call has anything to read on it. */
import type { Call } from '../../../../lib/api';

/** A call with nothing to read on it is one line. */
export const hasCard = (call: Call): boolean =>
  !!(
    call.answered ||
    call.recording_url ||
    call.summary ||
    call.transcript.length ||
    call.transcript_raw ||
    call.keywords.length ||
    call.claims.length ||
    call.answers.length ||
    call.note ||
    call.state === 'in_progress'
  );
