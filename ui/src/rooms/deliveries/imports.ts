/** Imports in words for people, and the little there is to work out. Pure. */
import type { Import, ImportColumn, ImportField, ImportKind, RowState } from '../../lib/api';
import { count, plural } from '../../lib/format';
import { wordsOf } from '../../lib/format';

export const KINDS: ImportKind[] = ['calls', 'texts', 'forms', 'leads'];
export const kindName: Record<ImportKind, string> = {
  calls: 'Calls',
  texts: 'Texts',
  forms: 'Forms',
  leads: 'Leads',
};

export const ROW_STATES: RowState[] = ['in', 'merged', 'duplicate', 'skipped'];
export const rowStateName: Record<RowState, string> = {
  in: 'New',
  merged: 'Joined',
  duplicate: 'Known already',
  skipped: 'Skipped',
};
/** What became of such rows, as a sentence. */
export const rowStateSays: Record<RowState, string> = {
  in: 'New on a timeline.',
  merged: 'The same as something that came by itself; the two are one card now.',
  duplicate: 'All of it was here already.',
  skipped: 'Could not be read. The reason is beside each.',
};

const STATE: Record<string, string> = {
  uploaded: 'Not started',
  previewing: 'Being looked through',
  ready: 'Not started',
  running: 'Coming in',
  done: 'Imported',
  cancelled: 'Cancelled',
  interrupted: 'Broken off',
  undoing: 'Being taken back',
  undone: 'Taken back',
  failed: 'Did not work',
};
export const importState = (state: string) => STATE[state] ?? wordsOf(state);

export type Tone = '' | 'good' | 'warn' | 'bad' | 'acc';
export function importTone(state: string): Tone {
  if (state === 'done') return 'good';
  if (state === 'failed') return 'bad';
  if (state === 'interrupted') return 'warn';
  return state === 'running' || state === 'undoing' || state === 'previewing' ? 'acc' : '';
}

/** It goes on by itself, so it is worth asking again. */
export const working = (state: string) =>
  state === 'running' || state === 'undoing' || state === 'previewing';
/** Nothing of it is in yet. */
export const before = (state: string) => state === 'uploaded' || state === 'previewing' || state === 'ready';

/** It has columns that somebody has to name. */
export const hasColumns = (one: Pick<Import, 'columns'>) => one.columns.length > 0;

/** The part of the work that is done, from 0 to 100. */
export function share(progress: Import['progress']): number {
  if (!progress?.of) return 0;
  return Math.max(0, Math.min(100, Math.floor((progress.done / progress.of) * 100)));
}

const FORMAT: Record<string, string> = {
  csv: 'CSV',
  json: 'JSON',
  ndjson: 'JSON, one a line',
  envelope: 'Logged requests',
};
export const formatName = (format: string) => FORMAT[format] ?? format.toUpperCase();

/** The mapping the columns begin with: what was saved or recognised. */
export function mappingOf(one: Pick<Import, 'mapping' | 'columns'>): Record<string, string> {
  if (one.mapping && Object.keys(one.mapping).length) return { ...one.mapping };
  const out: Record<string, string> = {};
  for (const column of one.columns) {
    if (column.field && !(column.field in out)) out[column.field] = column.name;
  }
  return out;
}

/** What a column becomes in a mapping; empty where it is left out. */
export const fieldOf = (mapping: Record<string, string>, column: string) =>
  Object.keys(mapping).find((field) => mapping[field] === column) ?? '';

/** Sets what a column becomes. A field has one column, and a column one field. */
export function assign(
  mapping: Record<string, string>,
  column: string,
  field: string,
): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [key, value] of Object.entries(mapping)) {
    if (value !== column && key !== field) out[key] = value;
  }
  if (field) out[field] = column;
  return out;
}

/** Only columns that this file has. */
export function fitting(
  mapping: Record<string, string>,
  columns: readonly ImportColumn[],
): Record<string, string> {
  const names = new Set(columns.map((c) => c.name));
  return Object.fromEntries(Object.entries(mapping).filter(([, column]) => names.has(column)));
}

export const fieldsFor = (fields: readonly ImportField[], kind: string | null) =>
  fields.filter((f) => !kind || f.kinds.some((k) => k === kind));

/** Fields that are needed and have no column yet. */
export const missing = (
  fields: readonly ImportField[],
  kind: string | null,
  mapping: Record<string, string>,
) => fieldsFor(fields, kind).filter((f) => f.needed && !(f.field in mapping));

/** `2,140 rows: 2,100 new, 30 joined, 8 known already, 2 skipped`, each only where there are some. */
export function resultWords(result: NonNullable<Import['result']>): string {
  const parts = ROW_STATES.filter((state) => result[state]).map(
    (state) => `${count(result[state])} ${rowStateName[state].toLowerCase()}`,
  );
  return `${plural(result.rows, 'row')}${parts.length ? `: ${parts.join(', ')}` : ''}`;
}
