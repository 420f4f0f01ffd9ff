import { describe, expect, it } from 'vitest';
import { eventLabel } from './eventLabels';
import { Glossary } from './glossary';

// As the server tells it; that every event of every service has words is seen there.
const told = (slug: string, kind: string, words: Record<string, string>) => ({
  slug,
  words: Object.entries(words).map(([word, plain]) => ({ kind, word, plain })),
});
const glossary = new Glossary([
  told('meera', 'status', { NotDone: 'Not called yet' }),
  told('callrail', 'event', { pre_call: 'Call ringing' }),
  told('curious-thing', 'event', { CallComplete: 'Call over' }),
  told('telmetrics', 'event', { CallStartCall: 'Call ringing' }),
  told('varda', 'event', { 'call.started': 'Call begun' }),
]);

describe('an event of a service', () => {
  it('has words for people, however the service writes it', () => {
    expect(eventLabel('telmetrics', 'CallDetailsV5.CallStartCall', glossary)).toBe('Call ringing');
    expect(eventLabel('curious-thing', 'CallComplete', glossary)).toBe('Call over');
    expect(eventLabel('curious-thing', 'call_complete', glossary)).toBe('Call over');
    expect(eventLabel('callrail', 'Pre-Call', glossary)).toBe('Call ringing');
    expect(eventLabel('varda', 'call.started', glossary)).toBe('Call begun');
  });
  it('that is a status of a lead is told as the reader tells it', () => {
    expect(eventLabel('meera', 'NotDone', glossary)).toBe('Not called yet');
  });
  it('that nobody knows is told apart into its words', () => {
    expect(eventLabel('varda', 'roof.was_seen', glossary)).toBe('Roof was seen');
    expect(eventLabel('telmetrics', 'CallDetailsV6.CallPondered', glossary)).toBe('Call pondered');
    expect(eventLabel('', 'SMSReceived', glossary)).toBe('SMS received');
    expect(eventLabel('callrail', '', glossary)).toBe('');
  });
});
