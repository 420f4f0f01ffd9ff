import { plural } from './format';

/** What a screen reader hears: actions at once, news politely and at most every ten seconds, as a count. */
class Announcer {
  text = $state('');
}

export const announcer = new Announcer();

export function announce(text: string) {
  // The same words twice would not be read again.
  announcer.text = announcer.text === text ? `${text}\u00a0` : text;
}

const EVERY = 10_000;
const waiting = new Set<number>();
let last = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Several events of one lead are news about one lead. */
export function announceNews(leads: readonly number[]) {
  for (const lead of leads) waiting.add(lead);
  if (timer) return;
  timer = setTimeout(
    () => {
      timer = undefined;
      last = Date.now();
      announce(`News about ${plural(waiting.size, 'lead')}`);
      waiting.clear();
    },
    Math.max(0, last + EVERY - Date.now()),
  );
}
