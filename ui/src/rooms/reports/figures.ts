/** Finding figures in a report by what they count, whatever table they stand in. */
import type { Cell, Column, Manifest, Report, Section, Table, TableRow } from '../../lib/api/reports';
import { attributionLabel } from '../../lib/attributionLabels';
import { dayName } from './periods';

/** `the month before, 1 to 31 Oct`: with what a report is compared. */
export const comparedWords = (manifest: Pick<Manifest, 'compared_words'>, days: string) =>
  [manifest.compared_words, days].filter(Boolean).join(', ');

/** `measure@dimension=value`, taken apart. */
export function parseFigure(id: string): { measure: string; dimension: string; value: string } {
  const at = id.indexOf('@');
  if (at < 0) return { measure: id, dimension: '', value: '' };
  const rest = id.slice(at + 1);
  const is = rest.indexOf('=');
  return {
    measure: id.slice(0, at),
    dimension: is < 0 ? rest : rest.slice(0, is),
    value: is < 0 ? '' : rest.slice(is + 1),
  };
}

export const DIMENSIONS: Record<string, string> = {
  first_touch: 'First touch',
  last_touch: 'Last touch',
  touches: 'Touch',
  campaign: 'Campaign',
  medium: 'Medium',
  service: 'Service',
  rep: 'Rep',
  reason: 'Reason',
  outcome: 'Outcome',
  hour: 'Hour',
  day: 'Day',
};

/** `Rep: Sam`, `4 Mar 2026`; empty without a dimension. An hour of the week stands beside its figure (`cell.hour`). */
export function dimensionWords(id: string): string {
  const { dimension, value } = parseFigure(id);
  if (!dimension) return '';
  if (dimension === 'day' && /^\d{4}-\d{2}-\d{2}$/.test(value)) return dayName(value);
  return `${DIMENSIONS[dimension] ?? dimension}: ${value ? attributionLabel(dimension, value) : 'Not told'}`;
}

/** Every cell of a report by its figure; counts before medians and shares of the same figure. */
export function cellsOf(report: Report): Map<string, Cell> {
  const out = new Map<string, Cell>();
  const put = (cell: Cell) => {
    const known = out.get(cell.figure);
    if (!known || (known.unit === 'percent' && cell.unit !== 'percent')) out.set(cell.figure, cell);
  };
  for (const line of report.headlines) put(line.cell);
  for (const sum of report.sums) {
    put(sum.total);
    for (const part of sum.parts) put(part.cell);
  }
  for (const section of report.sections)
    for (const table of section.tables)
      for (const row of [...table.rows, ...(table.total ? [table.total] : [])]) row.cells.forEach(put);
  return out;
}

/** The dimension a table is by, if all of its rows are of one. */
export function tableDimension(table: Table): string {
  const all = new Set(
    table.rows.flatMap((row) => row.cells.map((cell) => parseFigure(cell.figure).dimension)),
  );
  return all.size === 1 ? ([...all][0] ?? '') : '';
}

/** What a report has in it by section key. */
export const sectionOf = (report: Report, key: string): Section | undefined =>
  report.sections.find((section) => section.key === key);

export interface BreakdownRow {
  key: string;
  label: string;
  cells: Map<string, Cell>;
}

export interface Breakdown {
  dimension: string;
  title: string;
  rows: BreakdownRow[];
  total: Map<string, Cell>;
  /** Measures that any row has, in the order of the tables. */
  measures: Column[];
  /** Keys of the tables it was put together from. */
  tables: string[];
}

/** A column's name: two columns may show one measure in two ways, such as an amount and that for each lead. */
const nameOf = (column: Column) => (column.key === column.measure ? column.measure : column.key);

/** All tables by one dimension, as one: a row a value, a cell a measure. */
export function breakdowns(sections: Section[], wanted: string[]): Breakdown[] {
  const out = new Map<string, Breakdown>();
  for (const table of sections.flatMap((section) => section.tables)) {
    const dimension = tableDimension(table);
    if (!dimension || !wanted.includes(dimension)) continue;
    const one: Breakdown = out.get(dimension) ?? {
      dimension,
      title: DIMENSIONS[dimension] ?? dimension,
      rows: [],
      total: new Map(),
      measures: [],
      tables: [],
    };
    out.set(dimension, one);
    one.tables.push(table.key);
    const add = (into: Map<string, Cell>, row: TableRow) =>
      row.cells.forEach((cell, i) => {
        const column = table.columns[i];
        if (!column) return;
        const name = nameOf(column);
        into.set(name, cell);
        if (!one.measures.some((m) => m.key === name)) one.measures.push({ ...column, key: name });
      });
    for (const row of table.rows) {
      const value = parseFigure(row.cells[0]?.figure ?? '').value;
      let known = one.rows.find((r) => r.key === value);
      if (!known) one.rows.push((known = { key: value, label: row.label, cells: new Map() }));
      add(known.cells, row);
    }
    if (table.total) add(one.total, table.total);
  }
  return wanted.flatMap((dimension) => out.get(dimension) ?? []);
}

/** How dark a cell of the heat map is: 0 for none, then five steps up to the most. */
export function heat(value: number | null, most: number): 0 | 1 | 2 | 3 | 4 | 5 {
  if (!value || most <= 0) return 0;
  return Math.max(1, Math.min(5, Math.ceil((value / most) * 5))) as 1 | 2 | 3 | 4 | 5;
}

/** The hours that are worth a column: the report says which, so that the window and every file show the same. */
export function hoursShown(table: Table): number[] {
  const { first, last } = table.hours ?? { first: 0, last: table.columns.length - 1 };
  return table.columns.map((_, i) => i).filter((i) => i >= first && i <= last);
}

/** How many rows came to a report since: those of the kinds that grew. */
export function grown(before: Record<string, number>, after: Record<string, number>): number {
  let n = 0;
  for (const [kind, rows] of Object.entries(after)) n += Math.max(0, rows - (before[kind] ?? 0));
  return n;
}

/** Missed calls by when they were returned: a panel of their own shows them. */
export const RETURNED = ['calls.returned_1h', 'calls.returned_later', 'calls.returned_never'];
