/**
 * Work that is asked for by news: one run at a time, and however often it is asked for meanwhile, one more after it.
 * News never breaks off what is being read, or a page that hears much would never come to show anything.
 */
export function coalesced(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const begin = (): Promise<void> => {
    const run = work().finally(() => {
      if (running === run) running = null;
    });
    running = run;
    return run;
  };
  return () => {
    if (!running) return begin();
    // Whoever asks now means what is true now: what is being read already may be older.
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = null;
        return begin();
      });
    return next;
  };
}
