/**
 * The one client that speaks to the server, by relative `fetch`: in the desktop window the same routes answer
 * without a socket. Bodies are JSON strings only; a Blob or FormData body ends the whole program in WebKitGTK.
 */
import type {
  ActionAnswer,
  ActionInput,
  Call,
  Changes,
  Delivery,
  DeliveryDetail,
  LeadDetail,
  LeadRow,
  NewSource,
  Page,
  Provider,
  ReplayAnswer,
  ReplayFilter,
  SearchHit,
  Settings,
  Source,
  SourceChange,
  Status,
  Timeline,
} from './types';

/** What went wrong, in a sentence for people. */
export class ApiError extends Error {
  constructor(
    /** `invalid`, `unauthorised`, `not_found`, `conflict`, `too_large`, `busy`, `internal`, or `offline`. */
    readonly code: string,
    readonly title: string,
    readonly detail: string,
  ) {
    super(detail || title);
    this.name = 'ApiError';
  }
}

type Query = Record<string, string | number | boolean | null | undefined | readonly string[]>;

/** `a=1&b=2`; empty values are left out, lists are joined with commas. */
export function queryString(query: Query): string {
  const out = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '') continue;
    const text = Array.isArray(value) ? value.join(',') : String(value);
    if (text !== '') out.set(key, text);
  }
  const text = out.toString();
  return text ? `?${text}` : '';
}

interface Options {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
}

/** One request; `upkeep.ts` speaks through it too. */
export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const init: RequestInit = { method, headers: { accept: 'application/json' }, credentials: 'same-origin' };
  if (options.body !== undefined) {
    init.headers = { ...init.headers, 'content-type': 'application/json' };
    init.body = JSON.stringify(options.body);
  }
  if (options.signal) init.signal = options.signal;
  let answer: Response;
  try {
    answer = await fetch(path + queryString(options.query ?? {}), init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError('offline', 'Leadtrail does not answer', 'Leadtrail does not answer. Is it running?');
  }
  const text = await answer.text();
  let json: unknown;
  try {
    json = text ? JSON.parse(text) : undefined;
  } catch {
    json = undefined;
  }
  if (!answer.ok) {
    const problem = (json ?? {}) as { code?: string; title?: string; detail?: string };
    const code = problem.code ?? (answer.status === 401 ? 'unauthorised' : 'internal');
    throw new ApiError(
      code,
      problem.title ?? 'That did not work',
      problem.detail ?? 'Leadtrail could not do that.',
    );
  }
  return json as T;
}

const get = <T>(path: string, query?: Query, signal?: AbortSignal) =>
  request<T>('GET', path, { query, signal });

export interface LeadFilter {
  q?: string;
  stage?: string;
  source?: number | string;
  outcome?: string;
  tag?: string;
  rep?: string;
  sentiment?: string;
  dnc?: boolean;
  needs?: string;
  from?: string;
  to?: string;
  sort?: string;
}

export interface CallFilter {
  q?: string;
  state?: string;
  source?: number | string;
  direction?: string;
  answered?: boolean;
  outcome?: string;
  from?: string;
  to?: string;
}

export interface DeliveryFilter {
  state?: string;
  source?: number | string;
}

export interface Paging {
  cursor?: string | null;
  limit?: number;
}

const id = (value: string | number) => encodeURIComponent(String(value));

export const api = {
  status: (signal?: AbortSignal) => get<Status>('/api/status', undefined, signal),
  settings: (change: Partial<Settings>) => request<Settings>('PATCH', '/api/settings', { body: change }),
  providers: (signal?: AbortSignal) => get<{ items: Provider[] }>('/api/providers', undefined, signal),

  sources: (signal?: AbortSignal) => get<{ items: Source[] }>('/api/sources', undefined, signal),
  source: (source: number, signal?: AbortSignal) =>
    get<Source>(`/api/sources/${id(source)}`, undefined, signal),
  addSource: (source: NewSource) => request<Source>('POST', '/api/sources', { body: source }),
  changeSource: (source: number, change: SourceChange) =>
    request<Source & { reverified?: { checked: number; placed: number } }>(
      'PATCH',
      `/api/sources/${id(source)}`,
      {
        body: change,
      },
    ),
  removeSource: (source: number) => request<void>('DELETE', `/api/sources/${id(source)}`),
  testSource: (source: number, event?: string) =>
    request<{
      answer: { status: string; reason?: string; [more: string]: unknown };
      delivery: number | null;
    }>('POST', `/api/sources/${id(source)}/test`, { body: event ? { event } : {} }),

  leads: (filter: LeadFilter & Paging, signal?: AbortSignal) =>
    get<Page<LeadRow>>('/api/leads', filter as Query, signal),
  lead: (lead: number, signal?: AbortSignal) => get<LeadDetail>(`/api/leads/${id(lead)}`, undefined, signal),
  seen: (lead: number) => request<void>('POST', `/api/leads/${id(lead)}/seen`, { body: {} }),
  timeline: (
    lead: number,
    query: { kinds?: readonly string[]; as_of?: string } & Paging,
    signal?: AbortSignal,
  ) => get<Timeline>(`/api/leads/${id(lead)}/timeline`, query as Query, signal),
  act: (lead: number, action: ActionInput) =>
    request<ActionAnswer>('POST', `/api/leads/${id(lead)}/actions`, { body: action }),
  undo: (action: string | number) =>
    request<ActionAnswer>('POST', `/api/actions/${id(action)}/undo`, { body: {} }),

  calls: (filter: CallFilter & Paging, signal?: AbortSignal) =>
    get<Page<Call>>('/api/calls', filter as Query, signal),
  call: (call: string, signal?: AbortSignal) => get<Call>(`/api/calls/${id(call)}`, undefined, signal),

  search: (q: string, limit: number, signal?: AbortSignal) =>
    get<{ items: SearchHit[]; total: number }>('/api/search', { q, limit }, signal),

  deliveries: (filter: DeliveryFilter & Paging, signal?: AbortSignal) =>
    get<Page<Delivery>>('/api/deliveries', filter as Query, signal),
  delivery: (delivery: number, signal?: AbortSignal) =>
    get<DeliveryDetail>(`/api/deliveries/${id(delivery)}`, undefined, signal),
  replay: (filter: ReplayFilter, dryRun: boolean) =>
    request<ReplayAnswer>('POST', '/api/deliveries/replay', { body: { filter, dry_run: dryRun } }),

  changes: (after: number, signal?: AbortSignal) => get<Changes>('/api/changes', { after }, signal),

  startDemo: () => request<void>('POST', '/api/demo', { body: {} }),
  endDemo: () => request<void>('DELETE', '/api/demo'),

  /** In the desktop window: opens an http(s) address in the system's browser or player. */
  open: (url: string) => request<void>('POST', '/api/open', { body: { url } }),
};

/** The sentence to show for anything that was thrown. */
export function sentence(error: unknown): string {
  if (error instanceof ApiError) return error.detail || error.title;
  return 'Leadtrail could not do that.';
}

/** True for requests we called off ourselves. */
export function aborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
