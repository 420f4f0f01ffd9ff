/** What to say about a file that a schedule made. */
import type { ExportFile } from './api';
import { oneLine } from './text';

/** What there is to say about a file that was made for a saved report; nothing while it is under way. */
export function exportNotice(
  file: Pick<ExportFile, 'title' | 'file_name' | 'state' | 'problem' | 'schedule'>,
): { text: string; tone: 'done' | 'bad' } | undefined {
  if (file.schedule === null) return undefined;
  const title = oneLine(file.title, 80) || oneLine(file.file_name, 80);
  if (file.state === 'done') return { text: `${title} was made`, tone: 'done' };
  if (file.state !== 'failed') return undefined;
  return { text: `${title} could not be made. ${oneLine(file.problem, 200)}`.trim(), tone: 'bad' };
}
