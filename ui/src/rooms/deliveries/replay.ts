/** What was done by a replay, and its way back. */
import { api, type ReplayAnswer, type ReplayFilter } from '../../lib/api';
import { takeBackConfirm } from '../../lib/takeBackConfirm.svelte';
import { oneLine } from '../../lib/text';
import type { Undo } from '../../lib/toasts.svelte';
import { summarizeReplay } from './labels';

/** For the toast: `Added 1 entry to Jane Doe.` */
export function replayMessage(answer: ReplayAnswer): string {
  const done = summarizeReplay(answer, true);
  if (!done.possible) return 'Nothing changed.';
  return `${done.text}${done.lead ? ` ${oneLine(done.lead.name, 60) || 'a lead'}.` : ''} ${done.more}`.trim();
}

/** Takes a replay back; done again it is a replay of the same ones. */
export function replayUndo(
  replay: number | null | undefined,
  what: ReplayFilter,
  after: () => void,
): Undo | undefined {
  if (replay === null || replay === undefined) return undefined;
  return async () => {
    const would = await api.undoingReplay(replay);
    const asks = would.hidden > 0;
    if (asks && !(await takeBackConfirm.ask(would))) return 'kept';
    await api.undoReplay(replay, asks);
    after();
    return async () => {
      const again = await api.replay(what, false);
      after();
      return replayUndo(again.replay, what, after);
    };
  };
}
