import { describe, expect, it } from 'vitest';
import type { GapSource } from './api';
import { gapLength, gapNote, gapTimes, gapAction, gapTitle, standing } from './gapLabels';

const now = Date.parse('2026-03-26T12:00:00Z');
const night = { from: '2026-03-25T22:10:00Z', to: '2026-03-26T07:42:00Z' };
const one = (change: Partial<GapSource>): GapSource => ({
  source: 1,
  name: 'Ours',
  provider: 'callrail',
  resends: false,
  state: 'open',
  reason: null,
  import: null,
  closed_at: null,
  ...change,
});
const names = (id: number) => ['', 'CallRail', 'Varda', 'Meera', 'Telmetrics'][id] ?? '';

describe('the times of a gap', () => {
  it('are hours for a night, and days where they are needed', () => {
    expect(gapTimes(night, now, { zone: 'UTC' })).toBe('22:10 to 07:42');
    expect(gapTimes(night, now, { zone: 'UTC', days: true })).toBe('Wed 25 Mar, 22:10 to today, 07:42');
    expect(gapTimes({ ...night, from: '2026-03-22T22:10:00Z' }, now, { zone: 'UTC' })).toBe(
      'Sun 22 Mar, 22:10 to today, 07:42',
    );
    const noon = { from: '2026-03-26T09:00:00Z', to: '2026-03-26T09:30:00Z' };
    expect(gapTimes(noon, now, { zone: 'UTC', days: true })).toBe('Today, 09:00 to 09:30');
    const moment = { from: '2026-03-26T09:00:02Z', to: '2026-03-26T09:00:40Z' };
    expect(gapTimes(moment, now, { zone: 'UTC' })).toBe('09:00');
    expect(gapTimes(moment, now, { zone: 'UTC', days: true })).toBe('Today, 09:00');
    expect(gapLength(night)).toBe('9 h 32 min');
  });
});

describe('what a gap says', () => {
  it('names who does not send again, else who is not sure to have', () => {
    expect(gapNote({ sources: [one({})] }, names)).toBe('CallRail does not resend.');
    expect(gapNote({ sources: [one({}), one({ source: 2, resends: true })] }, names)).toBe(
      'CallRail does not resend.',
    );
    expect(gapNote({ sources: [one({}), one({ source: 4 })] }, names)).toBe(
      'CallRail and Telmetrics do not resend.',
    );
    expect(gapNote({ sources: [one({ source: 2, resends: true })] }, names)).toBe(
      'Varda may not have sent everything again.',
    );
  });
  it('says how it was closed', () => {
    // Whether anything came in it nobody knows: only that it would come again.
    expect(gapNote({ sources: [one({ source: 2, state: 'resent' })] }, names)).toBe(
      'Varda sends again for longer than that.',
    );
    expect(
      gapNote({ sources: [one({ source: 2, state: 'resent' }), one({ source: 3, state: 'resent' })] }, names),
    ).toBe('Varda and Meera send again for longer than that.');
    expect(gapNote({ sources: [one({ state: 'imported' }), one({ state: 'resent' })] }, names)).toBe(
      'An import closed it.',
    );
    expect(gapNote({ sources: [one({ state: 'dismissed' })] }, names)).toBe('Closed by hand.');
    expect(gapNote({}, names)).toBe('');
  });
  it('has a title and a way for every kind', () => {
    expect(gapTitle({ why: 'asleep' })).toBe('Laptop asleep');
    expect(gapTitle({ why: 'not_listening' })).toBe('Not listening');
    expect(gapAction({ sources: [one({})] })).toBe('Import the missing calls');
    expect(gapAction({ sources: [one({ provider: 'meera' })] })).toBe('Import what was missed');
    expect(standing(one({})).text).toBe('Does not resend');
    expect(standing(one({ state: 'resent' })).text).toBe('Sends again for longer than that');
  });
});
