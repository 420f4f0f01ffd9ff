/** Pure: what is chosen in the Leads room, in the address and for the server. */
import type { LeadFilter } from '../../lib/api';

export interface FilterChoice {
  view: string;
  sort: string;
  period: string;
  source: string;
  stage: string;
  outcome: string;
  sentiment: string;
  tag: string;
  rep: string;
  dnc: string;
}

export const NO_FILTERS: FilterChoice = {
  view: 'all',
  sort: '',
  period: '',
  source: '',
  stage: '',
  outcome: '',
  sentiment: '',
  tag: '',
  rep: '',
  dnc: '',
};

export function fromQuery(query: URLSearchParams): FilterChoice {
  const out = { ...NO_FILTERS };
  for (const key of Object.keys(out) as (keyof FilterChoice)[]) out[key] = query.get(key) ?? out[key];
  return out;
}

export function toQuery(chosen: FilterChoice): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [key, value] of Object.entries(chosen))
    if (value && !(key === 'view' && value === 'all')) out[key] = value;
  return out;
}

const HOUR = 3_600_000;

/** For the server. The period begins at a full hour, so that paging and refreshing speak of the same list. */
export function toFilter(chosen: FilterChoice, view: LeadFilter, q: string, now: number): LeadFilter {
  const days = Number(chosen.period);
  return {
    q: q || undefined,
    from: days > 0 ? new Date(Math.floor((now - days * 24 * HOUR) / HOUR) * HOUR).toISOString() : undefined,
    source: chosen.source || undefined,
    sentiment: chosen.sentiment || undefined,
    tag: chosen.tag || undefined,
    rep: chosen.rep || undefined,
    dnc: chosen.dnc ? chosen.dnc === 'true' : undefined,
    sort: chosen.sort || undefined,
    ...view,
    // What is chosen is closer than the view it is chosen in.
    stage: chosen.stage || view.stage,
    outcome: chosen.outcome || view.outcome,
  };
}
