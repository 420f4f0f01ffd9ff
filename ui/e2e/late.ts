/** Answers that are late on purpose: held until the test lets them go, so that no test depends on the machine. */
import type { Page, Route } from '@playwright/test';

export interface Held {
  /** Resolves once the page has asked. */
  asked: Promise<void>;
  /** Lets this and every later answer through. */
  release: () => Promise<void>;
}

/** Holds the answers to requests whose path and query fit. */
export async function hold(page: Page, fits: (url: URL, method: string) => boolean): Promise<Held> {
  let heard = () => {};
  const asked = new Promise<void>((done) => (heard = done));
  let free = () => {};
  const over = new Promise<void>((done) => (free = done));
  const handler = async (route: Route) => {
    const request = route.request();
    if (!fits(new URL(request.url()), request.method())) return route.fallback();
    heard();
    await over;
    // The page may have stopped waiting for it.
    await route.continue().catch(() => undefined);
  };
  await page.route('**/*', handler);
  return {
    asked,
    release: async () => {
      free();
      await page.unroute('**/*', handler);
    },
  };
}

/** What has the focus, in words that say which place it is. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const at = document.activeElement;
    if (!at || at === document.body) return 'body';
    const name = at.getAttribute('aria-label') ?? at.textContent?.trim().replace(/\s+/g, ' ').slice(0, 60);
    return `${at.tagName.toLowerCase()} ${name ?? ''}`.trim();
  });
}
