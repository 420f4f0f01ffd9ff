import { describe, expect, it } from 'vitest';
import type { Call } from '../../lib/api';
import { CALL_STATES, callTone, callWord, otherSide } from './labels';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const call = (
  direction: string,
  state: Call['state'],
  started_at = '2026-11-30T11:58:00Z',
  answered = state === 'completed',
) => ({ direction, state, started_at, answered }) as Call;

describe('callWord', () => {
  it('never calls a call missed while it may still be answered', () => {
    expect(callWord(call('inbound', 'ringing'), NOW)).toBe('Ringing');
    expect(callWord(call('inbound', 'in_progress'), NOW)).toBe('On the line');
    expect(callTone(call('inbound', 'ringing'), NOW)).toBe('c-acc');
  });
  it('does not ring for ever where nobody tells how it ended', () => {
    for (const state of ['ringing', 'in_progress'] as const) {
      const old = call('inbound', state, '2026-11-29T11:58:00Z');
      expect(callWord(old, NOW)).toBe('Not told how it ended');
      expect(callTone(old, NOW)).toBe('');
    }
  });
  it('says which way it went, and how', () => {
    expect(callWord(call('inbound', 'completed'), NOW)).toBe('Incoming, answered');
    expect(callWord(call('outbound', 'completed'), NOW)).toBe('Outgoing, answered');
    expect(callWord(call('outbound', 'completed', undefined, false), NOW)).toBe('Outgoing, completed');
    expect(callWord(call('outbound', 'voicemail'), NOW)).toBe('Outgoing, voicemail');
    expect(callWord(call('outbound', 'missed'), NOW)).toBe('Outgoing, no answer');
  });
  it('has a word for every state', () => {
    for (const state of CALL_STATES) expect(callWord(call('inbound', state), NOW)).not.toBe('');
  });
  it('warns of unanswered incoming calls only', () => {
    expect(callTone(call('inbound', 'missed'), NOW)).toBe('c-warn');
    expect(callTone(call('outbound', 'missed'), NOW)).toBe('');
  });
});

describe('otherSide', () => {
  it('is the caller, or whom we called', () => {
    const numbers = { from: '+1', to: '+2' };
    expect(otherSide({ direction: 'inbound', ...numbers })).toBe('+1');
    expect(otherSide({ direction: 'outbound', ...numbers })).toBe('+2');
  });
});
