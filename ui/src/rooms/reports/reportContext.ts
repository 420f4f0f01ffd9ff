/** What every panel of a report needs: how amounts are written, what opens a figure, what a measure counts. */
import { getContext, setContext } from 'svelte';
import type { Cell, MeasureWords, Report } from '../../lib/api/reports';

export interface ReportContext {
  readonly report: Report;
  readonly cells: Map<string, Cell>;
  readonly currency: string;
  readonly measures: Record<string, MeasureWords>;
  /** The address that opens the rows of a figure. */
  href(figure: string, compared?: boolean): string;
  /** The figure whose rows are open. */
  readonly open: string;
}

const KEY = Symbol('report');
export const setReportContext = (paper: ReportContext) => setContext(KEY, paper);
export const getReportContext = () => getContext<ReportContext>(KEY);
