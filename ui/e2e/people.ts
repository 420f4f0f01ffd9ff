/** Calls of people who were never there, as CallRail would tell of them. */
import { json, stamp, type Json, type Leadtrail } from './leadtrail';
import type { Source } from '../src/lib/api/types';

let serial = 0;

export interface Person {
  name: string;
  phone: string;
  /** What they said on the phone. */
  words: string;
}

/** A call that was answered some seconds ago. The same `id` is the same call. */
export function callOf(
  person: Person,
  seconds = -300,
  id = `E2E${String(++serial).padStart(29, '0')}`,
): Json {
  const at = stamp(seconds);
  return {
    ...json('callrail', 'ours-post_call-answered.json'),
    resource_id: `CAL${id}`,
    person_resource_id: `PER${id}`,
    start_time: at,
    created_at: at,
    timestamp: at,
    datetime: '',
    customer_name: person.name,
    callername: person.name,
    customer_phone_number: person.phone,
    callernum: person.phone,
    transcription: '',
    call_summary: `${person.name} said: ${person.words}`,
    note: '',
    conversational_transcript: [{ speaker: 'caller', phrase: person.words, start: 1 }],
  };
}

/** Sends it and sees that it was taken in. */
export async function tell(leadtrail: Leadtrail, source: Source, call: Json): Promise<number> {
  const answer = await leadtrail.send(source.urls.post_call, call);
  if (answer.status !== 200) throw new Error(`not taken in: ${JSON.stringify(answer)}`);
  return answer.body.delivery ?? 0;
}

export const KAYLAH: Person = {
  name: 'Kaylah Mills',
  phone: '+14045550143',
  words: 'The walnut staircase squeaks terribly.',
};
export const JONAS: Person = {
  name: 'Jonas Whitfield',
  phone: '+14045550177',
  words: 'Could you quote a pergola?',
};
export const PRIYA: Person = {
  name: 'Priya Raman',
  phone: '+14045550188',
  words: 'Please ring about the gutters.',
};
