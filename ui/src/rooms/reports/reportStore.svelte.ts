/** One report on screen: read anew when the question changes, and quietly when news comes in. */
import { aborted } from '../../lib/api';
import { reports, type ReportParams, type Changed, type Report } from '../../lib/api/reports';
import { grown } from './figures';

export class ReportStore {
  report = $state.raw<Report | null>(null);
  /** The question the report on screen answers. */
  answers = $state('');
  loading = $state(false);
  error = $state.raw<unknown>(null);
  /** What is not as it was in the last file of the same question; told after the figures. */
  changed = $state.raw<Changed | null>(null);
  /** A newer answer to the same question that waits to be shown, and how many rows came to it. */
  waiting = $state.raw<{ report: Report; rows: number } | null>(null);
  #calls = new AbortController();
  #name = 'overview';
  #params: ReportParams = {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = 0;

  /** Reads the answer to a question; what is on screen stays until it is here. */
  async load(name: string, params: ReportParams) {
    this.#name = name;
    this.#params = params;
    this.#calls.abort();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const calls = (this.#calls = new AbortController());
    this.loading = true;
    try {
      const report = await reports.report(name, params, calls.signal);
      if (calls.signal.aborted) return;
      this.#take(report);
      this.answers = JSON.stringify(params);
      void this.#compare(name, params, calls.signal);
    } catch (error) {
      if (!aborted(error) && !calls.signal.aborted) this.error = error;
    } finally {
      if (!calls.signal.aborted) this.loading = false;
    }
  }

  async #compare(name: string, params: ReportParams, signal: AbortSignal) {
    this.changed = null;
    try {
      const { manifest } = await reports.changed(name, params, signal);
      if (!signal.aborted) this.changed = manifest.changed;
    } catch {
      // The figures stand without it.
    }
  }

  again = () => this.load(this.#name, this.#params);

  #take(report: Report) {
    this.report = report;
    this.waiting = null;
    this.error = null;
    this.#last = Date.now();
  }

  /** Something changed: looks for a newer answer, at most every five seconds. `still` says if it may be shown at once. */
  peek(still: () => boolean) {
    if (!this.report || this.loading || this.#timer) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.#look(still);
      },
      Math.max(400, this.#last + 5000 - Date.now()),
    );
  }

  async #look(still: () => boolean) {
    const calls = this.#calls;
    try {
      const report = await reports.report(this.#name, this.#params, calls.signal);
      if (calls.signal.aborted || !this.report) return;
      this.#last = Date.now();
      if (report.manifest.sha256 === this.report.manifest.sha256) return;
      if (still()) this.#take(report);
      else this.waiting = { report, rows: grown(this.report.manifest.rows, report.manifest.rows) };
    } catch {
      // The next change asks again.
    }
  }

  /** Shows what waits. */
  show() {
    if (this.waiting) this.#take(this.waiting.report);
  }

  stop() {
    this.#calls.abort();
    clearTimeout(this.#timer);
  }
}
