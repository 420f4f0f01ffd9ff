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
let waiting = 0;
let last = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

export function announceNews(leads: number) {
  waiting += leads;
  if (timer) return;
  timer = setTimeout(
    () => {
      timer = undefined;
      last = Date.now();
      announce(waiting === 1 ? 'News about 1 lead' : `News about ${waiting} leads`);
      waiting = 0;
    },
    Math.max(0, last + EVERY - Date.now()),
  );
}
