/** Files that reports and lists are made into, and reports that are saved and made again by themselves. */
import { request } from './client';
import type { ReportParams } from './reports';
import type { components } from './schema';

type Schemas = components['schemas'];

export type FileFormat = 'pdf' | 'xlsx' | 'csv' | 'html' | 'json';
export type PaperSize = 'a4' | 'letter';
/** How much the PDF of a report holds: a summary has three pages at most, and names no customer. */
export type Detail = 'summary' | 'complete';
export type RangeWord = Schemas['NamedRange'];
export type Range = Schemas['SavedRange'];
/** When a saved report is made by itself, in the business's zone. */
export type Schedule = Schemas['Schedule'];
/** What is asked beside the days. */
export type SavedQuestion = Omit<ReportParams, 'from' | 'to' | 'unit'>;
/** A file that is being made, or was. */
export type ExportFile = Schemas['Export'];
export type SavedReport = Schemas['SavedReport'];
/** What there is to a saved report before it is kept. */
export type NewSavedReport = Omit<SavedReport, 'id' | 'last_made' | 'next_at' | 'next_period' | 'query'> & {
  query: SavedQuestion;
};
/** Something to be made into a file; the lead is that of a timeline. */
export type NewFile = Pick<Schemas['NewExport'], 'what' | 'format'> &
  Partial<Omit<Schemas['NewExport'], 'query'>> & { query?: ReportParams };

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
