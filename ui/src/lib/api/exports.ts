/** Files that reports and lists are made into, and reports that are saved and made again by themselves. */
import { request } from './client';
import type { ReportParams } from './reports';
import type { Time } from './types';

export type FileFormat = 'pdf' | 'xlsx' | 'csv' | 'html' | 'json';
export type PaperSize = 'a4' | 'letter';
/** How much the PDF of a report holds: a summary has three pages at most, and names no customer. */
export type Detail = 'summary' | 'complete';
export type ReportName =
  | 'overview'
  | 'funnel'
  | 'speed'
  | 'calls'
  | 'touches'
  | 'outcomes'
  | 'sentiment'
  | 'reasons'
  | 'heatmap'
  | 'reps'
  | 'disagreements';
export type RangeWord =
  | 'yesterday'
  | 'last_7_days'
  | 'last_week'
  | 'last_30_days'
  | 'this_month'
  | 'last_month'
  | 'this_quarter'
  | 'last_quarter'
  | 'this_year';
export type Range = RangeWord | { from: string; to: string };

/** What is asked beside the days. */
export interface SavedQuestion {
  tz?: string;
  compare?: 'previous' | 'year' | 'none';
  source?: number | string;
  campaign?: string;
  rep?: string;
  tag?: string;
  stage?: string;
  as_of?: string;
}

/** A file that is being made, or was. */
export interface ExportFile {
  id: number;
  what: 'report' | 'leads' | 'calls' | 'timeline';
  format: FileFormat;
  title: string;
  file_name: string;
  state: 'running' | 'done' | 'cancelled' | 'failed';
  progress: { done: number; of: number } | null;
  /** Bytes. */
  size: number | null;
  sha256: string | null;
  made_at: Time;
  /** Why it failed, in plain words. */
  problem: string | null;
  /** The saved report it was made for. */
  schedule: number | null;
  /** Where it lies on this machine. */
  path: string | null;
}

/** When a saved report is made by itself, in the business's zone. */
export interface Schedule {
  every: 'daily' | 'weekly' | 'monthly';
  /** 1 is Monday. */
  weekday?: number | null;
  /** Of the month; the last one where it has fewer. */
  day?: number | null;
  /** `07:00` */
  at: string;
  /** Empty for the one beside the data. */
  folder: string;
  on: boolean;
}

export interface NewSavedReport {
  name: string;
  report: string;
  format: FileFormat;
  paper: PaperSize;
  detail: Detail;
  range: Range;
  query: SavedQuestion;
  schedule: Schedule | null;
}

export interface SavedReport extends NewSavedReport {
  id: number;
  last_made: { at: Time; period: string; path: string | null; problem: string | null } | null;
  next_at: Time | null;
  /** The days it will then be of. */
  next_period: { from: string; to: string } | null;
}

/** Something to be made into a file; the lead is that of a timeline. */
export interface NewFile {
  what: ExportFile['what'];
  format: FileFormat;
  paper?: PaperSize;
  detail?: Detail;
  name?: string;
  lead?: number;
  redacted?: boolean;
  query?: ReportParams;
}

export const exportsApi = {
  start: (file: NewFile) => request<ExportFile>('POST', '/api/exports', { body: file }),
  files: (signal?: AbortSignal) => request<{ items: ExportFile[] }>('GET', '/api/exports', { signal }),
  file: (one: number, signal?: AbortSignal) => request<ExportFile>('GET', `/api/exports/${one}`, { signal }),
  cancel: (one: number) => request<ExportFile>('POST', `/api/exports/${one}/cancel`, { body: {} }),
  remove: (one: number) => request<void>('DELETE', `/api/exports/${one}`),
  /** In the desktop window: opens the file with the system's program, or its folder. */
  open: (one: number) => request<void>('POST', `/api/exports/${one}/open`, { body: {} }),
  show: (one: number) => request<void>('POST', `/api/exports/${one}/show`, { body: {} }),
  /** Where a browser fetches it. */
  address: (one: number) => `/api/exports/${one}/file`,

  saved: (signal?: AbortSignal) => request<{ items: SavedReport[] }>('GET', '/api/saved-reports', { signal }),
  save: (report: NewSavedReport) => request<SavedReport>('POST', '/api/saved-reports', { body: report }),
  change: (one: number, change: Partial<NewSavedReport>) =>
    request<SavedReport>('PATCH', `/api/saved-reports/${one}`, { body: change }),
  drop: (one: number) => request<void>('DELETE', `/api/saved-reports/${one}`),
  make: (one: number) => request<ExportFile>('POST', `/api/saved-reports/${one}/make`, { body: {} }),
};
