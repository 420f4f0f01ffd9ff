/** What the server calls the reports there are; read once. */
import { reports, type NamedReport } from '../../lib/api/reports';

class ReportNames {
  items = $state.raw<readonly NamedReport[]>([]);
  #asked: Promise<void> | null = null;

  /** Reads them; what goes wrong is thrown, and asked for again the next time. */
  load(): Promise<void> {
    this.#asked ??= reports.choices().then(
      ({ items }) => void (this.items = items),
      (error: unknown) => {
        this.#asked = null;
        throw error;
      },
    );
    return this.#asked;
  }

  titleOf(name: string): string | undefined {
    return this.items.find((one) => one.name === name)?.title;
  }
}

export const reportNames = new ReportNames();
