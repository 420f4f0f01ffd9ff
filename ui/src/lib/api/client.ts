/**
 * The one client that speaks to the server, by relative `fetch`: in the desktop window the same routes answer
 * without a socket. Bodies are JSON strings; a Blob or FormData body ends the whole program in WebKitGTK, so a file
 * goes out as it is in a browser only, and as bytes in the window.
 */
import { learnNumbers } from '../phoneDisplay';
import { authorization } from './session';
import type {
  ActionAnswer,
  ActionInput,
  Call,
  ChangedSource,
  Changes,
  Delivery,
  DeliveryDetail,
  Gap,
  Import,
  ImportPlan,
  ImportRow,
  LeadDetail,
  LeadRow,
  Mapping,
  NewMapping,
  NewSource,
  Page,
  Provider,
  ReplayAnswer,
  ReplayFilter,
  Reps,
  SearchHit,
  Settings,
  SettingsChange,
  Source,
  SourceChange,
  Status,
  TakingBack,
  Timeline,
  ZoneOffsets,
  Zones,
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
  /** Instead of `body`: a file, or its bytes. */
  raw?: File | ArrayBuffer;
  signal?: AbortSignal;
}

/** The token of the link for a session; `null` where it is not the right one. */
async function trade(token: string): Promise<string | null> {
  const headers = { accept: 'application/json', authorization: `Bearer ${token}` };
  const answer = await fetch('/api/session', { method: 'POST', headers, credentials: 'omit' });
  return answer.ok ? ((await answer.json()) as { session: string }).session : null;
}

let lookingAt: 'own' | 'sample' | null = null;

/** Tells which data is shown: changes meant for it are not made in the other. */
export function shows(isSample: boolean) {
  lookingAt = isSample ? 'sample' : 'own';
}

/** One request; `maintenance.ts` speaks through it too. */
export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  const init: RequestInit = { method, headers, credentials: 'omit' };
  if (method !== 'GET' && lookingAt) headers['x-leadtrail-data'] = lookingAt;
  if (options.body !== undefined) {
    headers['content-type'] = 'application/json';
    init.body = JSON.stringify(options.body);
  }
  if (options.raw) {
    headers['content-type'] = 'application/octet-stream';
    init.body = options.raw;
  }
  if (options.signal) init.signal = options.signal;
  let answer: Response;
  try {
    Object.assign(headers, await authorization(trade));
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
  learnNumbers(json);
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
  zones: (signal?: AbortSignal) => get<Zones>('/api/zones', undefined, signal),
  zoneOffsets: (name: string, signal?: AbortSignal) =>
    get<ZoneOffsets>('/api/zones/offsets', { name }, signal),
  settings: (change: SettingsChange) => request<Settings>('PATCH', '/api/settings', { body: change }),
  providers: (signal?: AbortSignal) => get<{ items: Provider[] }>('/api/providers', undefined, signal),

  sources: (signal?: AbortSignal) => get<{ items: Source[] }>('/api/sources', undefined, signal),
  source: (source: number, signal?: AbortSignal) =>
    get<Source>(`/api/sources/${id(source)}`, undefined, signal),
  addSource: (source: NewSource) => request<Source>('POST', '/api/sources', { body: source }),
  changeSource: (source: number, change: SourceChange) =>
    request<ChangedSource>('PATCH', `/api/sources/${id(source)}`, { body: change }),
  /** What a change would make of the quarantine. */
  previewSource: (source: number, change: SourceChange, signal?: AbortSignal) =>
    request<ChangedSource>('PATCH', `/api/sources/${id(source)}`, {
      body: { ...change, dry_run: true },
      signal,
    }),
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
  /** Who can look after a lead. */
  reps: (signal?: AbortSignal) => get<Reps>('/api/reps', undefined, signal),
  timeline: (
    lead: number,
    query: {
      kinds?: readonly string[];
      as_of?: string;
      order?: 'newest' | 'oldest';
      /** The place where it ends: a cursor of another answer. */
      until?: string;
      digest?: boolean;
    } & Paging,
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

  /** What taking a replay back would do. */
  undoingReplay: (replay: number) => get<TakingBack>(`/api/replays/${id(replay)}/undo`),
  undoReplay: (replay: number, notes = false) =>
    request<void>('POST', `/api/replays/${id(replay)}/undo`, { body: { take_notes: notes } }),

  gaps: (signal?: AbortSignal) => get<{ items: Gap[] }>('/api/gaps', undefined, signal),
  closeGap: (gap: number, reason: string, source?: number) =>
    request<void>('POST', `/api/gaps/${id(gap)}/close`, { body: { reason, source } }),
  reopenGap: (gap: number, source?: number) =>
    request<void>('POST', `/api/gaps/${id(gap)}/reopen`, { body: { source } }),

  imports: (signal?: AbortSignal) => get<{ items: Import[] }>('/api/imports', undefined, signal),
  import: (one: number, signal?: AbortSignal) => get<Import>(`/api/imports/${id(one)}`, undefined, signal),
  /** Sends a file in one go: streamed by a browser, as bytes where a Blob would end the program. */
  upload: async (file: File, window: boolean, signal?: AbortSignal) =>
    request<Import>('POST', '/api/imports', {
      query: { name: file.name },
      raw: window ? await file.arrayBuffer() : file,
      signal,
    }),
  previewImport: (one: number, plan: ImportPlan, signal?: AbortSignal) =>
    request<Import>('POST', `/api/imports/${id(one)}/preview`, { body: plan, signal }),
  startImport: (one: number) => request<Import>('POST', `/api/imports/${id(one)}/start`, { body: {} }),
  cancelImport: (one: number) => request<Import>('POST', `/api/imports/${id(one)}/cancel`, { body: {} }),
  /** What taking it back would do to leads and to people's own entries about them. */
  undoingImport: (one: number, signal?: AbortSignal) =>
    get<TakingBack>(`/api/imports/${id(one)}/undo`, undefined, signal),
  /** Takes it back; entries of people that stand on it alone go with it only where `notes` says so. */
  undoImport: (one: number, notes = false) =>
    request<Import>('POST', `/api/imports/${id(one)}/undo`, { body: { take_notes: notes } }),
  removeImport: (one: number) => request<void>('DELETE', `/api/imports/${id(one)}`),
  importRows: (one: number, filter: { state?: string } & Paging, signal?: AbortSignal) =>
    get<Page<ImportRow>>(`/api/imports/${id(one)}/rows`, filter as Query, signal),
  mappings: (signal?: AbortSignal) => get<{ items: Mapping[] }>('/api/mappings', undefined, signal),
  saveMapping: (mapping: NewMapping) => request<Mapping>('POST', '/api/mappings', { body: mapping }),
  removeMapping: (mapping: number) => request<void>('DELETE', `/api/mappings/${id(mapping)}`),

  /** What changed after `after`, and how everything stands by then; without it the latter, at once. */
  changes: (known?: { seq: number; mark?: string }, signal?: AbortSignal) =>
    get<Changes>('/api/changes', { after: known?.seq, mark: known?.mark, snapshot: true }, signal),

  startDemo: () => request<void>('POST', '/api/demo', { body: {} }),
  endDemo: () => request<void>('DELETE', '/api/demo'),

  /** An address that a link may open without `Authorization`, once. A browser's door only. */
  ticket: async (address: string) =>
    (await request<{ address: string }>('POST', '/api/tickets', { body: { address } })).address,

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
