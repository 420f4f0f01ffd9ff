/**
 * Reports: figures of a period, the rows behind each of them, and the files they are made into. Money is integer cents,
 * lengths are seconds, shares are per cent; days are days of the report's time zone.
 */
import { request } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type Unit = Schemas['Unit'];
export type Compare = 'previous' | 'year' | 'none';
/** A figure, with what opens its rows. */
export type Cell = Schemas['Cell'];
export type Period = Schemas['Period'];
export type Filters = Schemas['Filters'];
export type ReportRow = Schemas['ReadableRow'];
export type Changed = Schemas['Changed'];
export type Manifest = Schemas['Manifest'];
export type Point = Schemas['Point'];
export type Headline = Schemas['Headline'];
/** `total = parts` */
export type Sum = Schemas['Sum'];
export type Column = Schemas['Column'];
export type TableRow = Schemas['TableRow'];
export type Table = Schemas['Table'];
export type Section = Schemas['Section'];
/** What a measure counts, in words. */
export type MeasureWords = Schemas['MeasureWords'];
export type Report = Schemas['Report'];
/** A report there is, and what it is called. */
export type NamedReport = Schemas['Named'];
/** Rows behind a figure, a page at a time. */
export type Rows = Schemas['Rows'];
/** What a list of rows says of each, beside what it always says. */
export type RowDetail = Schemas['RowDetail'];
/** What can be asked for: the names of reports, every definition, and what filters can be set to. */
export type Choices = Schemas['Reports'];

/** What a report is asked. */
export type ReportParams = Partial<Schemas['ReportParams']>;

const id = (value: string | number) => encodeURIComponent(String(value));

export const reports = {
  choices: (signal?: AbortSignal) => request<Choices>('GET', '/api/reports', { signal }),
  report: (name: string, params: ReportParams, signal?: AbortSignal) =>
    request<Report>('GET', `/api/reports/${id(name)}`, { query: { ...params }, signal }),
  /** The same with what is not as it was in the last file of the same question. */
  changed: (name: string, params: ReportParams, signal?: AbortSignal) =>
    request<Report>('GET', `/api/reports/${id(name)}`, { query: { ...params, changed: true }, signal }),
  rows: (
    name: string,
    params: ReportParams,
    paging: { figure: string; of?: 'compared'; cursor?: string; limit: number },
    signal?: AbortSignal,
  ) => request<Rows>('GET', `/api/reports/${id(name)}/rows`, { query: { ...params, ...paging }, signal }),
};
