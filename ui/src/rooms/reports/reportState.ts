/** The whole question stands in the address: `#/reports?from=2026-03-01&to=2026-03-25&rep=Sam`. */
import type { ReportParams, Compare } from '../../lib/api/reports';
import { isDay, soFar, unitOf } from './periods';

export interface ReportState {
  from: string;
  to: string;
  /** A hint where the same days are a week and a month so far. */
  unit: string;
  compare: Compare;
  source: string;
  campaign: string;
  rep: string;
  tag: string;
  stage: string;
  /** A past day, or a moment. */
  as_of: string;
  tz: string;
  /** The figure whose rows are open, and whether those of the compared period. */
  figure: string;
  of: string;
  /** What the breakdown is by, and which clock the speed goes by. */
  by: string;
  clock: string;
}

export const FILTERS = ['source', 'campaign', 'rep', 'tag', 'stage'] as const;

export function fromQuery(query: URLSearchParams, now: string): ReportState {
  const text = (name: string) => query.get(name) ?? '';
  const from = text('from');
  const to = text('to');
  const days = isDay(from) && isDay(to) && from <= to ? { from, to } : soFar('month', now);
  const compare = text('compare');
  return {
    ...days,
    unit: text('unit'),
    compare: compare === 'year' || compare === 'none' ? compare : 'previous',
    source: /^\d+$/.test(text('source')) ? text('source') : '',
    campaign: text('campaign'),
    rep: text('rep'),
    tag: text('tag'),
    stage: text('stage'),
    as_of: text('as_of'),
    tz: text('tz'),
    figure: text('figure'),
    of: text('of') === 'compared' ? 'compared' : '',
    by: text('by'),
    clock: text('clock') === 'open' ? 'open' : '',
  };
}

/** What stands in the address; what is as usual is left out. */
export function toQuery(q: ReportState, now: string): Record<string, string> {
  const usual = soFar('month', now);
  const plain = q.from === usual.from && q.to === usual.to && (!q.unit || q.unit === 'month');
  return {
    from: plain ? '' : q.from,
    to: plain ? '' : q.to,
    unit: plain || unitOf(q, now) === q.unit ? '' : q.unit,
    compare: q.compare === 'previous' ? '' : q.compare,
    source: q.source,
    campaign: q.campaign,
    rep: q.rep,
    tag: q.tag,
    stage: q.stage,
    as_of: q.as_of,
    tz: q.tz,
    by: q.by,
    clock: q.clock,
    figure: q.figure,
    of: q.figure ? q.of : '',
  };
}

function address(path: string, query: Record<string, string>): string {
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
  return `#/${path}${search ? `?${search}` : ''}`;
}

export const hrefFor = (q: ReportState, now: string) => address('reports', toQuery(q, now));

/** What the server is asked: days that are part of the calendar say of which, for the comparison goes by it. */
export function toParams(q: ReportState, now: string): ReportParams {
  const out: ReportParams = { from: q.from, to: q.to, compare: q.compare };
  const unit = unitOf(q, now, q.unit);
  if (unit) out.unit = unit;
  for (const name of [...FILTERS, 'as_of', 'tz'] as const) if (q[name]) out[name] = q[name];
  return out;
}

/** How many filters are set. */
export const filtered = (q: ReportState) => FILTERS.filter((name) => q[name]).length;

/** The address where this question is saved under a name. */
export function saveHref(q: ReportState, now: string): string {
  const query = toQuery({ ...q, figure: '', by: '', clock: '' }, now);
  return address('reports/saved/new', {
    ...query,
    from: q.from,
    to: q.to,
    unit: unitOf(q, now, q.unit) ?? '',
  });
}
