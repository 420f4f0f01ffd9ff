/**
 * Reports: figures of a period, the rows behind each of them, and the files they are made into. Money is integer cents,
 * lengths are seconds, shares are per cent; days are days of the report's time zone.
 */
import { request } from './client';
import type { Cents, Stage, Time } from './types';

export type Unit = 'count' | 'cents' | 'seconds' | 'percent';
export type Compare = 'previous' | 'year' | 'none';
export type Format = 'pdf' | 'xlsx' | 'csv' | 'html' | 'json';
export type Paper = 'a4' | 'letter';

/** A figure, with what opens its rows. */
export interface Cell {
  /** `null` where there is nothing to work it out from. */
  value: number | null;
  unit: Unit;
  /** How many rows stand behind it. */
  rows: number;
  /** Of a percentage: how many it is a part of, and the figure of those. */
  of?: number;
  of_figure?: string;
  /** A measure, or `measure@dimension=value`. */
  figure: string;
  was?: number | null;
  was_rows?: number;
}

export interface Period {
  from: string;
  to: string;
  starts_at: Time;
  ends_at: Time;
}

export interface Filters {
  source?: number;
  source_name?: string;
  campaign?: string;
  rep?: string;
  tag?: string;
  stage?: string;
}

export interface ReportRow {
  kind: 'lead' | 'call' | 'text' | 'form' | 'outcome' | 'money' | 'close' | 'disagreement';
  id: string;
  lead: number;
  name: string | null;
  phone: string | null;
  email: string | null;
  at: Time;
  service: string | null;
  rep: string | null;
  campaign: string | null;
  first_touch: string | null;
  last_touch: string | null;
  medium: string | null;
  stage: Stage;
  tags: string[];
  direction: string | null;
  state: string | null;
  outcome: string | null;
  sentiment: string | null;
  sentiment_origin: string | null;
  duration_s: number | null;
  waited_s: number | null;
  waited_open_s: number | null;
  estimated_cents: Cents | null;
  actual_cents: Cents | null;
  revenue_cents: Cents | null;
  reason: string | null;
  erased: boolean;
  figures: string[];
}

export interface Changed {
  since: Time;
  was: string;
  added: number;
  changed: number;
  gone: number;
  rows: { what: string; row: ReportRow }[];
}

export interface Manifest {
  business: string;
  period: Period;
  compared: Period | null;
  time_zone: string;
  currency: string;
  filters: Filters;
  as_of: Time;
  as_of_asked: boolean;
  made_at: Time;
  program: string;
  projection_version: number;
  hours: string[];
  holidays: string[];
  test_numbers: number;
  rows: Record<string, number>;
  sha256: string;
  changed: Changed | null;
  notes: string[];
}

export interface Point {
  day: string;
  value: number | null;
}

export interface Headline {
  key: string;
  label: string;
  cell: Cell;
  /** `up` where more is better, `down` where less is. */
  good: string;
  series: Point[];
}

/** `total = parts` */
export interface Sum {
  key: string;
  label: string;
  total: Cell;
  parts: { label: string; cell: Cell }[];
}

export type ChartKind = 'funnel' | 'columns' | 'bars' | 'stacked' | 'heat' | 'none';

export interface Column {
  key: string;
  label: string;
  unit: Unit;
  measure: string;
}

export interface TableRow {
  key: string;
  label: string;
  cells: Cell[];
}

export interface Table {
  key: string;
  title: string;
  row_label: string;
  columns: Column[];
  rows: TableRow[];
  total: TableRow | null;
  chart: ChartKind;
  stacked?: string[];
}

export interface Section {
  key: string;
  title: string;
  note: string;
  tables: Table[];
}

/** What a measure counts, in words. */
export interface MeasureWords {
  label: string;
  counts: string;
}

export interface Report {
  name: string;
  title: string;
  manifest: Manifest;
  headlines: Headline[];
  sums: Sum[];
  sections: Section[];
  measures: Record<string, MeasureWords>;
}

/** Rows behind a figure, a page at a time. */
export interface Rows {
  figure: string;
  words: MeasureWords;
  total: number;
  items: ReportRow[];
  next_cursor: string | null;
}

/** What can be asked for: the names of reports, every definition, and what filters can be set to. */
export interface Choices {
  items: { name: string; title: string }[];
  measures: Record<string, MeasureWords>;
  campaigns: string[];
  reps: string[];
  tags: string[];
}

/** What a report is asked. */
export interface Asked {
  from?: string;
  to?: string;
  tz?: string;
  compare?: Compare;
  source?: string;
  campaign?: string;
  rep?: string;
  tag?: string;
  stage?: string;
  as_of?: string;
}

/** A file that is being made, or was. */
export interface Made {
  id: number;
  what: string;
  format: Format;
  title: string;
  file_name: string;
  state: 'running' | 'done' | 'cancelled' | 'failed';
  progress: { done: number; of: number } | null;
  size: number | null;
  sha256: string | null;
  made_at: Time;
  problem: string | null;
}

export interface NewFile {
  what: 'report' | 'leads' | 'calls' | 'timeline';
  format: Format;
  paper?: Paper;
  name?: string;
  lead?: number;
  redacted?: boolean;
  query?: Asked;
}

const id = (value: string | number) => encodeURIComponent(String(value));

export const reports = {
  choices: (signal?: AbortSignal) => request<Choices>('GET', '/api/reports', { signal }),
  report: (name: string, asked: Asked, signal?: AbortSignal) =>
    request<Report>('GET', `/api/reports/${id(name)}`, { query: { ...asked }, signal }),
  /** The same with what is not as it was in the last file of the same question. */
  changed: (name: string, asked: Asked, signal?: AbortSignal) =>
    request<Report>('GET', `/api/reports/${id(name)}`, { query: { ...asked, changed: true }, signal }),
  rows: (
    name: string,
    asked: Asked,
    paging: { figure: string; of?: 'compared'; cursor?: string; limit: number },
    signal?: AbortSignal,
  ) => request<Rows>('GET', `/api/reports/${id(name)}/rows`, { query: { ...asked, ...paging }, signal }),

  make: (file: NewFile) => request<Made>('POST', '/api/exports', { body: file }),
  made: (one: number) => request<Made>('GET', `/api/exports/${id(one)}`),
  cancel: (one: number) => request<Made>('POST', `/api/exports/${id(one)}/cancel`, { body: {} }),
  /** In the desktop window: opens the file, or the folder it lies in. */
  open: (one: number, how: 'open' | 'show') =>
    request<void>('POST', `/api/exports/${id(one)}/${how}`, { body: {} }),
  /** Where a browser fetches it. */
  file: (one: number) => `/api/exports/${id(one)}/file`,
};
