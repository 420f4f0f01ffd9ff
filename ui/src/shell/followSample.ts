/** What the window leaves when sample data come or go. */
import { untrack } from 'svelte';
import { app } from '../lib/app.svelte';
import { router } from '../lib/router.svelte';
import { leadList } from '../rooms/leads/leadList.svelte';
import { searchHits } from '../rooms/leads/searchHits.svelte';

/**
 * Other data are shown once the sample begins or ends, here or in another window: what is on screen is of those that
 * were, and would be asked for where it is not. It is left before anything hears of the change. Call it in an `$effect`.
 */
export function followSample(was: boolean | undefined): boolean | undefined {
  const now = app.status?.demo;
  if (was !== undefined && now !== undefined && was !== now)
    untrack(() => {
      leadList.forget();
      searchHits.forget();
      router.go(!now && app.status?.first_run ? '#/connect' : '#/leads');
    });
  return now ?? was;
}
