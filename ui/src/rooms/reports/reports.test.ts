import { describe, expect, it } from 'vitest';
import type { Cell, RowDetail, Section, Table } from '../../lib/api/reports';
import { usualPageSize } from '../../lib/pageSize';
import { breakdowns, dimensionWords, grown, heat, hoursShown, parseFigure, tableDimension } from './figures';
import * as p from './periods';
import { toParams, fromQuery, hrefFor, saveHref, toQuery } from './reportState';
import { rowLabel } from './rowLabel';
import { zoneRules } from '../../lib/zoneRules.svelte';
import { momentIn, zoneName } from './reportTime';

const NOW = '2026-03-25';

describe('periods', () => {
  it('knows weeks from Monday, months, quarters and years', () => {
    expect(p.whole('week', '2026-03-25')).toEqual({ from: '2026-03-23', to: '2026-03-29' });
    expect(p.whole('week', '2026-03-01')).toEqual({ from: '2026-02-23', to: '2026-03-01' });
    expect(p.whole('month', '2024-02-10')).toEqual({ from: '2024-02-01', to: '2024-02-29' });
    expect(p.whole('quarter', '2026-12-31')).toEqual({ from: '2026-10-01', to: '2026-12-31' });
    expect(p.whole('year', '2026-06-01')).toEqual({ from: '2026-01-01', to: '2026-12-31' });
  });
  it('ends today where a period is not over', () => {
    expect(p.soFar('month', NOW)).toEqual({ from: '2026-03-01', to: NOW });
    expect(p.soFar('month', NOW, '2026-02-04')).toEqual({ from: '2026-02-01', to: '2026-02-28' });
    expect(p.soFar('month', '2026-03-31')).toEqual({ from: '2026-03-01', to: '2026-03-31' });
  });
  it('steps by the unit it recognises, and by as many days otherwise', () => {
    expect(p.shifted(p.soFar('month', NOW), -1, NOW)).toEqual({ from: '2026-02-01', to: '2026-02-28' });
    expect(p.shifted({ from: '2026-02-01', to: '2026-02-28' }, 1, NOW)).toEqual({
      from: '2026-03-01',
      to: NOW,
    });
    expect(p.shifted({ from: '2026-03-02', to: '2026-03-04' }, -1, NOW)).toEqual({
      from: '2026-02-27',
      to: '2026-03-01',
    });
    expect(p.shifted({ from: '2025-01-01', to: '2025-12-31' }, 1, NOW)).toEqual({
      from: '2026-01-01',
      to: NOW,
    });
  });
  it('takes the hint where days are of two units', () => {
    // Monday the first, so far: a week and a month.
    const days = { from: '2026-06-01', to: '2026-06-01' };
    expect(p.unitOf(days, '2026-06-01')).toBe('month');
    expect(p.unitOf(days, '2026-06-01', 'week')).toBe('week');
    expect(p.unitOf(days, '2026-06-03')).toBe(null);
  });
  it('says them shortly', () => {
    expect(p.daysName({ from: '2026-03-01', to: '2026-03-25' })).toBe('1 to 25 Mar 2026');
    expect(p.daysName({ from: '2026-02-04', to: '2026-03-25' }, '2026')).toBe('4 Feb to 25 Mar');
    expect(p.daysName({ from: '2025-12-29', to: '2026-01-04' }, '2026')).toBe('29 Dec 2025 to 4 Jan 2026');
    expect(p.periodName({ from: '2026-02-01', to: '2026-02-28' }, '2026')).toBe('February');
    expect(p.periodName({ from: '2025-10-01', to: '2025-12-31' }, '2026')).toBe('Q4 2025');
    expect(p.periodName({ from: '2025-01-01', to: '2025-12-31' })).toBe('2025');
  });
  it('keeps the last day of shorter months, and knows what is no day', () => {
    expect(p.addMonths('2026-01-31', 1)).toBe('2026-02-28');
    expect(p.isDay('2026-02-30')).toBe(false);
    expect(p.isDay('2026-02-28')).toBe(true);
    expect(p.isDay('yesterday')).toBe(false);
    expect(p.length({ from: '2026-03-01', to: '2026-03-31' })).toBe(31);
  });
  it('fills a month to whole weeks', () => {
    const grid = p.monthGrid('2026-03');
    expect(grid[0]![0]).toBe('2026-02-23');
    expect(grid.at(-1)!.at(-1)).toBe('2026-04-05');
    expect(grid.every((week) => week.length === 7)).toBe(true);
  });
  it('knows the day of a zone', () => {
    const late = Date.parse('2026-03-08T04:30:00Z');
    expect(p.today(late, 'America/New_York')).toBe('2026-03-07');
    expect(p.today(late, 'UTC')).toBe('2026-03-08');
  });
});

describe('the question in the address', () => {
  const of = (text: string) => fromQuery(new URLSearchParams(text), NOW);
  it('is this month so far where nothing is said, and says nothing then', () => {
    const q = of('');
    expect([q.from, q.to, q.compare]).toEqual(['2026-03-01', NOW, 'previous']);
    expect(hrefFor(q, NOW)).toBe('#/reports');
  });
  it('comes back as it was', () => {
    const q = of(
      'from=2026-01-05&to=2026-02-10&compare=year&source=3&campaign=A%26B&rep=Sam&tag=vip&stage=lost&as_of=2026-03-01&tz=Europe/Paris&figure=leads.new@rep=Sam%3DX&of=compared&by=rep&clock=open',
    );
    const again = fromQuery(new URLSearchParams(hrefFor(q, NOW).split('?')[1]), NOW);
    expect(again).toEqual({ ...q, unit: again.unit });
    expect(again.figure).toBe('leads.new@rep=Sam=X');
  });
  it('does not believe what is no day, no source or the wrong way round', () => {
    expect(of('from=2026-02-30&to=2026-03-01').from).toBe('2026-03-01');
    expect(of('from=2026-03-09&to=2026-03-01').from).toBe('2026-03-01');
    expect(of('source=1;drop').source).toBe('');
    expect(of('compare=sideways').compare).toBe('previous');
  });
  it('asks the server without what only the page needs', () => {
    expect(toParams(of('by=rep&clock=open&figure=leads.new&rep=Sam'), NOW)).toEqual({
      from: '2026-03-01',
      to: NOW,
      unit: 'month',
      compare: 'previous',
      rep: 'Sam',
    });
  });
  it('says of what the days are a part, where they can be read in two ways', () => {
    const of2 = (text: string, now: string) => toParams(fromQuery(new URLSearchParams(text), now), now).unit;
    expect(of2('from=2026-01-01&to=2026-01-09', '2026-01-09')).toBe('month');
    expect(of2('from=2026-01-01&to=2026-01-09&unit=year', '2026-01-09')).toBe('year');
    expect(of2('from=2026-03-23&to=2026-03-25', '2026-03-25')).toBe('week');
    expect(of2('from=2026-03-10&to=2026-03-12&unit=fortnight', '2026-03-25')).toBe(undefined);
  });
  it('hands the question over to be saved', () => {
    const href = saveHref(of('rep=Sam&figure=leads.new&by=rep'), NOW);
    expect(href).toBe('#/reports/saved/new?from=2026-03-01&to=2026-03-25&unit=month&rep=Sam');
  });
  it('keeps the unit only where it is not clear', () => {
    expect(toQuery(of('from=2026-03-23&to=2026-03-25&unit=week'), NOW).unit).toBe('');
  });
});

const cell = (figure: string, value: number | null, more: Partial<Cell> = {}): Cell => ({
  value,
  text: String(value ?? '–'),
  unit: 'count',
  rows: value ?? 0,
  figure,
  ...more,
});

describe('writing', () => {
  it('names the zone of a report', () => {
    zoneRules.set('America/New_York', [
      { at: '2026-03-08T07:00:00Z', offset_s: -14_400, abbreviation: 'EDT' },
    ]);
    expect(zoneName('America/New_York', '2026-03-26T12:00:00Z')).toBe('New York time (EDT)');
    expect(zoneName('Etc/UTC', 0)).toBe('UTC');
  });
  it('tells times by the rules of the program, not by those of the browser', () => {
    // No browser has such clocks: what is shown can only be of these.
    zoneRules.set('America/Vancouver', [
      { at: '1970-01-01T00:00:00Z', offset_s: -8 * 3600, abbreviation: 'PST' },
      { at: '2026-03-08T10:00:00Z', offset_s: 3 * 3600 + 2700, abbreviation: null },
    ]);
    expect(momentIn('2026-11-30T20:00:00Z', 'America/Vancouver')).toBe('30 Nov 2026, 23:45');
    expect(zoneName('America/Vancouver', '2026-01-01T00:00:00Z')).toBe('Vancouver time (PST)');
    expect(zoneName('America/Vancouver', '2026-11-30T00:00:00Z')).toBe('Vancouver time');
  });
  it('knows the paper people print on', () => {
    expect([usualPageSize('en-US'), usualPageSize('en-GB'), usualPageSize('de'), usualPageSize('')]).toEqual([
      'letter',
      'a4',
      'a4',
      'a4',
    ]);
  });
  it('says of a row what the figure is about', () => {
    const row = {
      kind: 'call',
      direction: 'inbound',
      state: 'voicemail',
      duration_s: 13,
      waited_s: null,
      outcome: null,
      reason: null,
      text: { at: '26 Mar 2026, 09:14', duration: '0:13' },
    } as never;
    expect(rowLabel(row, 'return')).toBe('Call in, voicemail, 0:13, not returned');
  });
  it('says of a lead how long it waited, by the clock its list goes by', () => {
    const text = { waited: '2 h', waited_open: '40 min' };
    const lead = (detail: RowDetail, told: object = text) =>
      rowLabel({ kind: 'lead', stage: 'booked', reason: null, text: told } as never, detail);
    expect(lead('answer')).toBe('Booked, answered after 2 h');
    expect(lead('answer_open')).toBe('Booked, answered after 40 min');
    expect(lead('stage')).toBe('Booked');
    expect(lead('unanswered', {})).toBe('Booked, not answered');
  });
  it('says why somebody was lost: an outcome by its name, a service’s reason as it came', () => {
    const lost = (reason: string) =>
      rowLabel({ kind: 'close', stage: 'lost', reason, text: {} } as never, 'answer');
    expect(lost('wrong_number')).toBe('Lost, wrong number');
    expect(lost('Close:Too_Far')).toBe('Lost, Close:Too_Far');
  });
});

describe('figures', () => {
  it('are by known sources in words for people', () => {
    expect(dimensionWords('leads.new@first_touch=google_ads')).toBe('First touch: Google Ads');
    expect(dimensionWords('leads.new@campaign=google_ads')).toBe('Campaign: google_ads');
  });
  it('are taken apart, whatever a value holds', () => {
    expect(parseFigure('leads.new@campaign=a=b@c')).toEqual({
      measure: 'leads.new',
      dimension: 'campaign',
      value: 'a=b@c',
    });
    expect(parseFigure('leads.new')).toEqual({ measure: 'leads.new', dimension: '', value: '' });
  });
  it('say what they are told apart by', () => {
    expect(dimensionWords('calls.in@day=2026-03-04')).toBe('4 Mar 2026');
    expect(dimensionWords('leads.new@rep=')).toBe('Rep: Not told');
    expect(dimensionWords('leads.new')).toBe('');
  });
  const column = (measure: string, key = measure, unit: Cell['unit'] = 'count') => ({
    key,
    label: key,
    unit,
    measure,
  });
  const table = (key: string, dimension: string, measures: string[], values: string[]): Table => ({
    key,
    title: key,
    row_label: dimension,
    columns: measures.map((m) => column(m)),
    rows: values.map((value) => ({
      key: value,
      label: value || 'Not told',
      cells: measures.map((m, i) => cell(`${m}@${dimension}=${value}`, i + 1)),
    })),
    total: null,
    chart: 'none',
    hours: null,
  });
  it('put tables by the same dimension together by value', () => {
    const sections: Section[] = [
      { key: 'touches', title: '', note: '', tables: [table('a', 'rep', ['leads.new'], ['Sam', ''])] },
      {
        key: 'outcomes',
        title: '',
        note: '',
        tables: [table('b', 'rep', ['money.earned'], ['Priya', 'Sam'])],
      },
    ];
    const [one, ...others] = breakdowns(sections, ['campaign', 'rep']);
    expect(others).toEqual([]);
    expect(one?.tables).toEqual(['a', 'b']);
    expect(one?.rows.map((r) => [r.key, [...r.cells.keys()]])).toEqual([
      ['Sam', ['leads.new', 'money.earned']],
      ['', ['leads.new']],
      ['Priya', ['money.earned']],
    ]);
  });
  it('do not take two ways of showing a measure for one', () => {
    const t = table('a', 'rep', ['money.earned'], ['Sam']);
    t.columns.push(column('money.earned', 'per_lead', 'cents'));
    t.rows[0]!.cells.push(cell('money.earned@rep=Sam', 99));
    const [one] = breakdowns([{ key: 's', title: '', note: '', tables: [t] }], ['rep']);
    expect(one?.rows[0]?.cells.get('money.earned')?.value).toBe(1);
    expect(one?.rows[0]?.cells.get('per_lead')?.value).toBe(99);
  });
  it('know what a table is by', () => {
    expect(tableDimension(table('a', 'day', ['calls.in'], ['2026-03-01']))).toBe('day');
    expect(tableDimension({ ...table('a', 'day', ['calls.in'], []), rows: [] })).toBe('');
  });
  it('shade the heat map and leave idle hours out', () => {
    expect([0, 1, 5, 9, 13].map((n) => heat(n, 13))).toEqual([0, 1, 2, 4, 5]);
    expect(heat(null, 0)).toBe(0);
    const grid = table(
      'h',
      'hour',
      Array.from({ length: 24 }, (_, i) => `m${i}`),
      ['1'],
    );
    expect(hoursShown(grid)).toHaveLength(24);
    const shown = hoursShown({ ...grid, hours: { first: 5, last: 21 } });
    expect([shown[0], shown.at(-1)]).toEqual([5, 21]);
  });
  it('count what came since', () => {
    expect(grown({ lead: 4, call: 9 }, { lead: 6, call: 8, form: 1 })).toBe(3);
  });
});
