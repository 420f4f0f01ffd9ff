/**
 * Messages of services in words for people: what each of a service's events tells us. The service's own name of it
 * stands in a title beside. Statuses of leads are events too where a service sends nothing else; the server knows them.
 */
import { squashed, type Glossary } from './serviceWords';
import { oneLine } from './text';

/** By service and event, both as the readers of `src-tauri/providers` know them. */
const EVENTS: Record<string, Record<string, string>> = {
  callrail: {
    pre_call: 'Call ringing',
    call_routing_complete: 'Call put through',
    post_call: 'Call over',
    call_modified: 'Call changed',
    outbound_post_call: 'Call out over',
    outbound_call_modified: 'Call out changed',
    text_message_received: 'Text in',
    text_message_sent: 'Text out',
    form_submission: 'Form filled in',
    convert_assist_complete: 'Convert Assist done',
    voice_assist_answered: 'Voice Assist answered',
  },
  'curious-thing': {
    call_complete: 'Call over',
    call_attempted: 'Call tried',
    call_received: 'Call in',
    sms_sent: 'Text out',
    sms_received: 'Text in',
  },
  telmetrics: {
    CallStartCall: 'Call ringing',
    CallPreprocessed: 'Call over',
    CallProcessed: 'Call analysed',
    NewRescueCall: 'Call to rescue',
    UpdatedRescueCall: 'Call to rescue changed',
    UpdateRescueCall: 'Call to rescue changed',
  },
  varda: {
    'conversation.created': 'Conversation begun',
    'conversation.resolved': 'Conversation resolved',
    'conversation.closed': 'Conversation closed',
    'message.created': 'Message',
    'call.started': 'Call begun',
    'call.ended': 'Call over',
    'call.outcome_tagged': 'Outcome tagged',
    'contact.created': 'New contact',
    'contact.updated': 'Contact changed',
  },
};

const known = new Map(
  Object.entries(EVENTS).flatMap(([provider, events]) =>
    Object.entries(events).map(([event, words]) => [`${provider} ${squashed(event)}`, words] as const),
  ),
);

/** Words for people, where somebody knows the event; else nothing. */
export function knownEvent(provider: string, event: string): string | undefined {
  // A name like a class carries its family in front.
  return (
    known.get(`${provider} ${squashed(event)}`) ??
    known.get(`${provider} ${squashed(event.replace(/^.*\./, ''))}`)
  );
}

/** What a message tells us. An event nobody knows is told apart into its words. */
export function eventWords(provider: string, event: string, glossary?: Glossary): string {
  const plain = knownEvent(provider, event) ?? glossary?.plain(provider, 'status', event);
  if (plain) return plain;
  const name = event.slice(0, 200);
  const own = /(?:^|\.)([A-Z]\w*)$/.exec(name)?.[1] ?? name;
  const words = own
    .replace(/[._-]+/g, ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]{2,})([A-Z][a-z])/g, '$1 $2')
    .replace(/\bsms\b/gi, 'SMS')
    .trim()
    .split(' ')
    .map((word) => (/^[A-Z]{2,}$/.test(word) ? word : word.toLowerCase()))
    .join(' ');
  return oneLine(words.charAt(0).toUpperCase() + words.slice(1), 60);
}
