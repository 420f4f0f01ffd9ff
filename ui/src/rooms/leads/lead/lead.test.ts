import { describe, expect, it } from 'vitest';
import type { Call, EntryKind, EntryOf, Step } from '../../../lib/api';
import { disagreements, ownOutcome, retold, sideWords } from './claims';
import { columns } from './journey';
import { days, updateGroupLabel, lateBy } from './timelineBlocks';

let n = 0;
function entry<K extends EntryKind>(kind: K, at: string, more: Partial<EntryOf<K>> = {}): EntryOf<K> {
  return {
    id: `e${++n}`,
    kind,
    at,
    at_source: 'sender',
    received_at: at,
    source: 1,
    provider: 'callrail',
    event: 'x',
    title: 'x',
    unsigned: false,
    erased: false,
    deliveries: [],
    ...more,
  } as unknown as EntryOf<K>;
}
const status = (at: string, word: string, stage: 'new' | 'do_not_contact' = 'new') =>
  entry('status', at, {
    provider: 'meera',
    source: 2,
    status: { stage, status: word, reason: null, facts: {} },
  });

describe('days', () => {
  const a = entry('message', '2026-03-25T13:46:00Z');
  const ping = status('2026-03-25T13:47:00Z', 'delivered');
  const b = entry('message', '2026-03-25T13:50:00Z');
  const call = entry('call', '2026-03-25T13:55:00Z');
  const c = entry('message', '2026-03-25T13:58:00Z');
  const today = entry('note', '2026-03-26T12:52:00Z');
  const all = [c, today, a, call, b, ping];

  it('puts the newest day first and a thread in reading order', () => {
    const out = days(all, 'newest', 'UTC');
    expect(out.map((d) => d.key)).toEqual(['2026-03-26', '2026-03-25']);
    const blocks = out[1]!.blocks;
    expect(blocks.map((x) => x.type)).toEqual(['thread', 'entry', 'thread', 'updates']);
    const thread = blocks[2]!;
    expect(thread.type === 'thread' && thread.entries.map((e) => e.id)).toEqual([a.id, b.id]);
    expect(thread.at).toBe(b.at);
  });

  it('turns around without turning threads', () => {
    const out = days(all, 'oldest', 'UTC');
    expect(out.map((d) => d.key)).toEqual(['2026-03-25', '2026-03-26']);
    const thread = out[0]!.blocks[0]!;
    expect(thread.type === 'thread' && thread.entries.map((e) => e.id)).toEqual([a.id, b.id]);
    expect(thread.at).toBe(a.at);
  });

  it('splits days by the given zone', () => {
    const late = entry('note', '2026-03-26T03:00:00Z');
    expect(days([late], 'newest', 'America/Toronto')[0]!.key).toBe('2026-03-25');
  });

  it('folds pings of one sender, never the word that closes', () => {
    const pings = [
      status('2026-03-26T08:40:00Z', 'open'),
      status('2026-03-26T08:41:00Z', 'scheduled'),
      status('2026-03-26T08:42:00Z', 'open'),
      status('2026-03-26T08:43:00Z', 'DNC', 'do_not_contact'),
    ];
    const blocks = days(pings, 'oldest', 'UTC')[0]!.blocks;
    expect(blocks.map((x) => x.type)).toEqual(['updates', 'entry']);
    expect(updateGroupLabel(pings.slice(0, 3))).toEqual({
      what: '3 status updates',
      said: ['open', 'scheduled'],
    });
    const mixed = [pings[0]!, entry('contact', '2026-03-26T08:41:00Z')];
    expect(updateGroupLabel(mixed).what).toBe('2 updates');
  });
});

describe('late', () => {
  it('counts from the end of a call, over five minutes', () => {
    const at = '2026-03-25T14:30:00Z';
    const call = { duration_s: 245 } as Call;
    expect(lateBy(entry('call', at, { call, received_at: '2026-03-25T14:34:30Z' }))).toBe(0);
    expect(lateBy(entry('call', at, { call, received_at: '2026-03-25T14:52:05Z' }))).toBe(18 * 60_000);
    expect(lateBy(entry('form', at, { received_at: '2026-03-25T14:35:00Z' }))).toBe(0);
    expect(lateBy(entry('form', at, { received_at: '2026-03-25T16:35:00Z', at_source: 'received' }))).toBe(0);
  });
});

describe('journey', () => {
  const now = Date.parse('2026-03-26T12:00:00Z');
  const step = (
    stage: Step['stage'],
    at: string,
    until: string | null,
    word: string | null = null,
  ): Step => ({
    stage,
    status: word,
    at: `2026-03-${at}:00Z`,
    until: until && `2026-03-${until}:00Z`,
    source: 2,
    entry: `e-${stage}`,
  });

  it('merges equal stages, marks the skipped and what lies ahead', () => {
    const out = columns(
      [
        step('new', '24T18:41', '24T18:45', 'open'),
        step('contacted', '24T18:45', '24T19:00', 'delivered'),
        step('contacted', '24T19:00', '25T09:50', 'notdone'),
        step('responded', '25T09:50', '25T14:35', 'Responded'),
        step('booked', '25T14:35', null, 'booked'),
      ],
      now,
    );
    expect(out.map((c) => [c.stage, c.state])).toEqual([
      ['new', 'done'],
      ['contacted', 'done'],
      ['responded', 'done'],
      ['quoted', 'skip'],
      ['booked', 'now'],
      ['converted', 'todo'],
    ]);
    expect(out[1]).toMatchObject({
      status: 'notdone',
      spent: (15 * 60 + 5) * 60_000,
      words: ['delivered', 'notdone'],
    });
    expect(out[4]).toMatchObject({ running: true, spent: (21 * 60 + 25) * 60_000 });
  });

  it('ends a closed journey with nothing ahead', () => {
    const out = columns(
      [step('new', '24T10:00', '24T11:00'), step('do_not_contact', '24T11:00', null, 'DNC')],
      now,
    );
    expect(out.map((c) => [c.stage, c.state])).toEqual([
      ['new', 'done'],
      ['do_not_contact', 'closed'],
    ]);
  });

  it('keeps a closing that was lifted, and goes on after it', () => {
    const out = columns(
      [
        step('new', '24T10:00', '24T11:00'),
        step('lost', '24T11:00', '25T11:00'),
        step('responded', '25T11:00', null),
      ],
      now,
    );
    expect(out.map((c) => [c.stage, c.state])).toEqual([
      ['new', 'done'],
      ['lost', 'closed'],
      ['contacted', 'skip'],
      ['responded', 'now'],
      ['quoted', 'todo'],
      ['booked', 'todo'],
      ['converted', 'todo'],
    ]);
    expect(columns([], now).every((c) => c.state === 'todo')).toBe(true);
  });
});

describe('disagreement', () => {
  const claim = (
    provider: string,
    source: number,
    what: string,
    value: unknown,
    at = '2026-03-25T14:41:00Z',
  ) => ({
    what,
    value,
    source,
    provider,
    at,
    event: 'x',
  });
  const call = (claims: Call['claims']) => ({ id: 'c1', claims }) as Call;
  const outcome = (source: number | null, word: 'booked' | 'spam', cents: number | null = null) =>
    entry('outcome', '2026-03-25T14:35:00Z', {
      source,
      provider: source ? 'varda' : 'leadtrail',
      outcome: {
        outcome: word,
        said: word,
        estimated_cents: cents,
        actual_cents: null,
        revenue_cents: null,
        value_cents: cents,
        notes: 'Kitchen',
        call: 'c1',
        by: null,
      },
    });

  it('puts two services side by side', () => {
    const out = disagreements(call([claim('telmetrics', 4, 'lead', false)]), [outcome(5, 'booked', 250000)]);
    expect(out).toHaveLength(1);
    expect(out[0]!.sides.map((side) => sideWords(side, 'JPY'))).toEqual(['Booked ¥2,500', 'Not a lead']);
  });

  it('is silent when they agree, or one service changed its mind', () => {
    expect(disagreements(call([claim('a', 1, 'outcome', 'booked')]), [outcome(5, 'booked')])).toEqual([]);
    const changed = [
      claim('a', 1, 'sentiment', 'negative', '2026-03-25T14:00:00Z'),
      claim('a', 1, 'sentiment', 'positive', '2026-03-25T15:00:00Z'),
    ];
    expect(disagreements(call(changed), [])).toEqual([]);
  });

  it('compares cards of the same talk, each service with its own', () => {
    const at = (id: string, source: number, started_at: string, claims: Call['claims']) =>
      ({ id, source, started_at, duration_s: 245, direction: 'inbound', claims }) as Call;
    const varda = at('c1', 5, '2026-03-25T14:30:55Z', []);
    const told = [claim('telmetrics', 4, 'lead', false), claim('telmetrics', 4, 'concern_class', 'price')];
    const telmetrics = at('c2', 4, '2026-03-25T14:31:10Z', told);
    const later = at('c3', 4, '2026-03-25T14:45:00Z', told);
    const entries = [varda, telmetrics, later].map((one) => entry('call', one.started_at!, { call: one }));
    expect(retold(varda, entries)).toEqual([telmetrics]);
    expect(retold(telmetrics, entries)).toEqual([varda]);
    expect(retold(later, entries)).toEqual([]);
    const out = disagreements(varda, [outcome(5, 'booked', 250000)], [telmetrics]);
    expect(out.map((d) => d.sides.map((side) => sideWords(side, 'EUR')))).toEqual([
      ['Booked €2,500', 'Not a lead'],
    ]);
  });

  it('knows the outcome of a person, which is no side', () => {
    const own = outcome(null, 'spam');
    expect(disagreements(call([]), [outcome(5, 'booked'), own])).toEqual([]);
    expect(ownOutcome(call([]), [own])).toBe('spam');
  });
});
