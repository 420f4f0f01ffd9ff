import { describe, expect, it } from 'vitest';
import type { Call } from '../../lib/api';
import { CALL_STATES, callTone, callWord, otherSide } from './words';

const call = (direction: string, state: Call['state']) => ({ direction, state }) as Call;

describe('callWord', () => {
  it('never calls a call missed while it may still be answered', () => {
    expect(callWord(call('inbound', 'ringing'))).toBe('Ringing');
    expect(callWord(call('inbound', 'in_progress'))).toBe('On the line');
    expect(callTone(call('inbound', 'ringing'))).toBe('c-acc');
  });
  it('says which way it went', () => {
    expect(callWord(call('inbound', 'completed'))).toBe('Incoming');
    expect(callWord(call('outbound', 'completed'))).toBe('Outgoing');
    expect(callWord(call('outbound', 'voicemail'))).toBe('Outgoing, voicemail');
    expect(callWord(call('outbound', 'missed'))).toBe('Outgoing, no answer');
  });
  it('has a word for every state', () => {
    for (const state of CALL_STATES) expect(callWord(call('inbound', state))).not.toBe('');
  });
  it('warns of unanswered incoming calls only', () => {
    expect(callTone(call('inbound', 'missed'))).toBe('c-warn');
    expect(callTone(call('outbound', 'missed'))).toBe('');
  });
});

describe('otherSide', () => {
  it('is the caller, or whom we called', () => {
    const numbers = { from: '+1', to: '+2' };
    expect(otherSide({ direction: 'inbound', ...numbers })).toBe('+1');
    expect(otherSide({ direction: 'outbound', ...numbers })).toBe('+2');
  });
});
