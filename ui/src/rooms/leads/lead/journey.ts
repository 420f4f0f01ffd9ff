/** Pure: the journey as a strip of columns, one per stage. */
import type { Stage, Step } from '../../../lib/api';
import { ms } from '../../../lib/format';
import { CLOSING_STAGES, OPEN_STAGES } from '../../../lib/labels';

export interface Column {
  stage: Stage;
  state: 'done' | 'now' | 'closed' | 'skip' | 'todo';
  /** Time spent, in milliseconds. */
  spent: number;
  /** It still lasts. */
  running: boolean;
  /** The sender's last word within the stage, and who said it. */
  status: string | null;
  source: number | null;
  since: string | null;
  /** The entry that shows it. */
  entry: string | null;
  /** Every word that was said within the stage. */
  words: string[];
}

const closing = (stage: Stage) => CLOSING_STAGES.includes(stage);

/**
 * One column per stage in the order they were first reached. Stages jumped over are marked skipped; those ahead
 * follow in grey, unless the journey is closed. `now` is in milliseconds.
 */
export function columns(steps: readonly Step[], now: number): Column[] {
  const out: Column[] = [];
  let furthest = -1;
  const last = steps[steps.length - 1];
  for (const step of steps) {
    const until = step.until ? ms(step.until) : now;
    const spent = Math.max(0, until - ms(step.at));
    let column = out.find((c) => c.stage === step.stage && c.state !== 'skip');
    if (!column) {
      const rank = OPEN_STAGES.indexOf(step.stage);
      if (rank >= 0) {
        for (let r = furthest + 1; r < rank; r++) {
          const stage = OPEN_STAGES[r];
          if (stage && !out.some((c) => c.stage === stage)) out.push(empty(stage, 'skip'));
        }
        furthest = Math.max(furthest, rank);
      }
      column = empty(step.stage, closing(step.stage) ? 'closed' : 'done');
      const skipped = out.findIndex((c) => c.stage === step.stage);
      if (skipped >= 0) out[skipped] = column;
      else out.push(column);
      column.since = step.at;
      column.entry = step.entry;
    }
    column.spent += spent;
    if (step.status) {
      column.status = step.status;
      column.source = step.source;
      column.entry = step.entry;
      if (!column.words.includes(step.status)) column.words.push(step.status);
    } else if (column.source === null) column.source = step.source;
    if (step === last) {
      column.running = !step.until;
      if (column.state === 'done') column.state = 'now';
    }
  }
  if (!last || !closing(last.stage)) {
    for (const stage of OPEN_STAGES.slice(furthest + 1)) out.push(empty(stage, 'todo'));
  }
  return out;
}

function empty(stage: Stage, state: Column['state']): Column {
  return {
    stage,
    state,
    spent: 0,
    running: false,
    status: null,
    source: null,
    since: null,
    entry: null,
    words: [],
  };
}
