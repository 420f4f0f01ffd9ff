/** The sign of a gap, by why it was. */
import Moon from '@lucide/svelte/icons/moon';
import Power from '@lucide/svelte/icons/power';
import Unplug from '@lucide/svelte/icons/unplug';
import type { GapReason } from './api';

export const gapIcons: Record<GapReason, typeof Moon> = {
  asleep: Moon,
  shutdown: Power,
  crash: Unplug,
  not_listening: Unplug,
};
