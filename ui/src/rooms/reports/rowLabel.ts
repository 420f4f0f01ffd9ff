/** What a row says about itself, in a line: "Call in, answered, 4:05", "Quoted $2,500". */
import type { ReportRow, RowDetail } from '../../lib/api/reports';
import { noun, wordsOf } from '../../lib/format';
import { callStateName, OUTCOMES, outcomeName, sentimentName, stageName } from '../../lib/labels';

const named = (names: Record<string, string>, key: string | null) =>
  key ? (names[key] ?? wordsOf(key)) : '';

/** `detail`: what a list of rows says of each, beside what it always says. */
export function rowLabel(row: ReportRow, detail: RowDetail): string {
  const said: string[] = [];
  const way = row.direction === 'outbound' ? 'out' : row.direction === 'inbound' ? 'in' : '';
  switch (row.kind) {
    case 'call':
      said.push(way ? `Call ${way}` : 'Call');
      if (row.state && row.state !== 'completed') said.push(named(callStateName, row.state).toLowerCase());
      if (row.duration_s && row.text.duration) said.push(row.text.duration);
      if (row.outcome) said.push(named(outcomeName, row.outcome).toLowerCase());
      if (detail === 'sentiment' && row.sentiment)
        said.push(
          `${named(sentimentName, row.sentiment).toLowerCase()}${row.sentiment_origin === 'estimated' ? ', estimated' : ''}`,
        );
      if (detail === 'return')
        said.push(row.text.waited ? `returned after ${row.text.waited}` : 'not returned');
      break;
    case 'text':
      said.push(way === 'out' ? 'Text sent' : way === 'in' ? 'Text received' : 'Text');
      break;
    case 'form':
      said.push('Form');
      break;
    case 'outcome':
      said.push(named(outcomeName, row.outcome) || 'Outcome');
      said.push(...amounts(row));
      break;
    case 'money':
      said.push(...amounts(row));
      break;
    case 'close':
      said.push(named(stageName, row.stage));
      break;
    case 'disagreement':
      break;
    default: {
      said.push(named(stageName, row.stage));
      const waited = detail === 'answer_open' ? row.text.waited_open : row.text.waited;
      if (waited && detail !== 'stage') said.push(`answered after ${waited}`);
      if (detail === 'unanswered') said.push('not answered');
    }
  }
  if (row.reason) said.push(reasonWords(row.kind, row.reason));
  return said.join(', ') || wordsOf(row.kind);
}

/** Why: an outcome by its name, a service's own reason as it came. */
function reasonWords(kind: string, reason: string): string {
  const outcome = OUTCOMES.find((one) => one === reason);
  if (outcome) return outcomeName[outcome].toLowerCase();
  return kind === 'close' || kind === 'disagreement' ? reason : wordsOf(reason);
}

/** What was said about money; nothing said of it twice, and no zeros beside what is there. */
function amounts(row: ReportRow): string[] {
  const all = [
    { cents: row.actual_cents, text: row.text.actual, word: 'received' },
    { cents: row.revenue_cents, text: row.text.revenue, word: 'revenue' },
    { cents: row.estimated_cents, text: row.text.estimated, word: 'estimated' },
  ].filter((one) => one.text);
  const there = all.filter((one) => one.cents);
  return (there.length ? there : all.slice(0, 1)).map((one) => `${one.text} ${one.word}`);
}

/** What rows of a kind are called: one, and several. */
export const ROW_NOUNS: Readonly<Record<string, readonly [string, string]>> = {
  lead: ['lead', 'leads'],
  call: ['call', 'calls'],
  text: ['text', 'texts'],
  form: ['form', 'forms'],
  outcome: ['outcome', 'outcomes'],
  money: ['amount', 'amounts'],
  close: ['closed journey', 'closed journeys'],
  disagreement: ['disagreement', 'disagreements'],
};

export const rowNoun = (kind: string | undefined, n: number): string =>
  noun(n, ...(ROW_NOUNS[kind ?? ''] ?? ['row', 'rows']));
