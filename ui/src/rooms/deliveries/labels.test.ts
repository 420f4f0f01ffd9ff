import { describe, expect, it } from 'vitest';
import type { DeliveryDetail, ReplayAnswer } from '../../lib/api';
import { chosenWords, localTimes, summarizeReplay, roomWords, deliveryLabel, why } from './labels';

const none: ReplayAnswer = {
  checked: 1,
  still_quarantined: 0,
  leads_added: 0,
  leads_changed: 0,
  leads_merged: 0,
  entries_added: 0,
  leads: [],
  replay: null,
};

describe('previewOf', () => {
  it('counts what would be added', () => {
    const preview = summarizeReplay({ ...none, would_place: 1, leads_changed: 1, entries_added: 1 });
    expect(preview.text).toBe('This would add 1 entry to 1 lead.');
    expect(preview.more).toBe('Nothing else changes.');
    expect(preview.possible).toBe(true);
  });
  it('leaves room for the name when there is one', () => {
    const leads = [{ id: 7, name: 'Jane Doe', what: 'changed' as const }];
    const preview = summarizeReplay({ ...none, would_place: 1, leads_changed: 1, entries_added: 1, leads });
    expect(preview.text).toBe('This would add 1 entry to');
    expect(preview.lead).toEqual(leads[0]);
  });
  it('tells new leads from known ones, and what stays', () => {
    const preview = summarizeReplay({
      ...none,
      checked: 5,
      would_place: 3,
      still_quarantined: 2,
      leads_added: 1,
      leads_changed: 2,
      entries_added: 4,
    });
    expect(preview.text).toBe('This would add 4 entries to 3 leads, 1 of them new.');
    expect(preview.more).toBe('2 of 5 would stay in quarantine.');
  });
  it('says so when nothing would change', () => {
    expect(summarizeReplay({ ...none, would_place: 0, still_quarantined: 1 }).possible).toBe(false);
    expect(summarizeReplay({ ...none, checked: 0, would_place: 0 }).text).toBe('There is nothing to replay.');
  });
  it('speaks of what was done', () => {
    const done = summarizeReplay({ ...none, placed: 1, leads_added: 1, entries_added: 1 }, true);
    expect(done.text).toBe('Added 1 entry to 1 lead, a new one.');
    expect(done.more).toBe('');
  });
});

describe('previewOf with several people', () => {
  const answer = {
    ...none,
    checked: 40,
    would_place: 37,
    still_quarantined: 3,
    leads_added: 2,
    leads_changed: 60,
    leads_merged: 1,
    entries_added: 80,
    leads: [
      { id: 1, name: 'Ann', what: 'added' as const },
      { id: 2, name: 'Bo', what: 'added' as const },
      { id: 3, name: 'Cy', what: 'changed' as const },
      { id: 4, name: 'Di', what: 'merged' as const },
    ],
  };
  it('counts first, then names, and how many have none here', () => {
    const preview = summarizeReplay(answer);
    expect(preview.text).toBe('This would add 80 entries to 62 leads, 2 of them new.');
    expect(preview.more).toBe(
      '1 lead would turn out to be the same person as another. 3 of 40 would stay in quarantine.',
    );
    expect(preview.touched.map((g) => [g.what, g.leads.length, g.more])).toEqual([
      ['added', 2, 0],
      ['changed', 1, 59],
      ['merged', 1, 0],
    ]);
    expect(preview.lead).toBeUndefined();
  });
  it('names what was chosen', () => {
    expect(chosenWords(1, false, 'quarantined')).toBe('1 delivery');
    expect(chosenWords(37, true, 'quarantined')).toBe('All 37 in quarantine');
    expect(chosenWords(37, true, 'repaired')).toBe('All 37 repaired');
  });
});

describe('roomWords', () => {
  const now = Date.parse('2026-03-26T12:00:00Z');
  const some = { kept: 3, kept_bytes: 6000, limit: 500, limit_bytes: 1e7, dropped: 0, dropped_at: null };
  it('says nothing while there is room', () => {
    expect(roomWords('CallRail', some, now)).toBe('');
    expect(roomWords('CallRail', undefined, now)).toBe('');
  });
  it('warns before, and counts what was dropped', () => {
    expect(roomWords('CallRail', { ...some, kept: 480 }, now)).toMatch(
      /^The quarantine of CallRail is nearly full: 480 of/,
    );
    expect(roomWords('CallRail', { ...some, kept_bytes: 9e6 }, now)).toContain('nearly full');
    expect(roomWords('CallRail', { ...some, kept: 500, dropped: 12 }, now)).toBe(
      'The quarantine of CallRail was full: its 12 oldest messages that could not be verified were dropped. 500 of at most 500 wait.',
    );
  });
});

describe('localTimes', () => {
  it('turns the times of our own sentences to the viewer, and nothing else', () => {
    const now = Date.now();
    const time = new Date(now).toISOString();
    expect(localTimes(`Known since ${time}`, now)).toMatch(/^Known since \d\d:\d\d:\d\d$/);
    expect(localTimes('1 text, since then', now)).toBe('1 text, since then');
    expect(localTimes('since 2026-99-99T99:99:99Z', now)).toBe('since 2026-99-99T99:99:99Z');
  });
});

describe('rowWords and why', () => {
  const delivery = (change: Partial<DeliveryDetail>) =>
    ({ state: 'processed', provider: 'varda', what: '', reason: null, ...change }) as DeliveryDetail;
  it('says what it did, or why it did nothing', () => {
    expect(deliveryLabel(delivery({ what: '1 call, Jane Doe' }), 0)).toBe('1 call, Jane Doe');
    expect(deliveryLabel(delivery({ state: 'quarantined', reason: 'We could not read it.' }), 0)).toBe(
      'We could not read it.',
    );
    expect(
      deliveryLabel(delivery({ state: 'rejected', reason: 'wrong address', what: '4 requests' }), 0),
    ).toBe('Wrong address, 4 requests');
  });
  it('is a title without a full stop, but keeps two sentences whole', () => {
    expect(why(delivery({ reason: 'Meera sent an empty message.' }))).toBe('Meera sent an empty message');
    const two = 'Signed with a key we do not know. If you changed it in Varda, paste the new one.';
    expect(why(delivery({ reason: two }))).toBe(two);
    expect(why(delivery({ state: 'quarantined' }))).toBe('Varda sent something we could not read');
  });
});
