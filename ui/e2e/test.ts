/** Playwright's test with the program beside it, and a page that is watched: it may only speak to the server. */
import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type BrowserContext, type Page } from '@playwright/test';
import { Leadtrail } from './leadtrail';

/** What a page did that it must never do. */
export interface Watch {
  /** Requests to anywhere but the program. */
  outside: string[];
  /** Errors and refused scripts or styles. */
  errors: string[];
  dialogs: string[];
  /** The program is being stopped: its pages cannot reach it any more. */
  over: boolean;
}

/** Listens to all pages of a context. Requests to anywhere but the private door are recorded and refused. */
async function watch(context: BrowserContext): Promise<Watch> {
  const seen: Watch = { outside: [], errors: [], dialogs: [], over: false };
  await context.route(
    (url) => !Leadtrail.doors.has(url.origin),
    (route) => {
      seen.outside.push(route.request().url());
      return route.abort();
    },
  );
  const listen = (page: Page) => {
    page.on('pageerror', (error) => seen.errors.push(String(error)));
    page.on('console', (message) => {
      if (seen.over) return;
      const text = message.text();
      if (message.type() === 'error' || /content security policy/i.test(text)) seen.errors.push(text);
    });
    page.on('dialog', (dialog) => {
      seen.dialogs.push(dialog.message());
      void dialog.dismiss();
    });
  };
  context.pages().forEach(listen);
  context.on('page', listen);
  return seen;
}

/** The last day of the sample month, and the morning after it on which people look at it. */
export const DEMO_DAY = '2026-03-26';
export const DEMO_NOW = new Date('2026-03-27T13:14:00Z');

export const test = base.extend<
  { leadtrail: Leadtrail; watched: Watch; signIn: (where?: string) => Promise<void> },
  { demo: Leadtrail }
>({
  leadtrail: async ({ watched }, use) => {
    const program = await Leadtrail.start();
    await use(program);
    watched.over = true;
    await program.stop();
  },
  demo: [
    async ({}, use) => {
      const program = await Leadtrail.start({ demo: DEMO_DAY });
      await use(program);
      await program.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  /** Every test ends with a look at what its pages did. */
  watched: [
    async ({ context }, use) => {
      const seen = await watch(context);
      await use(seen);
      expect(seen.errors, 'errors in the console').toEqual([]);
      expect(seen.dialogs, 'dialogs').toEqual([]);
      expect(seen.outside, 'requests to elsewhere').toEqual([]);
    },
    { auto: true },
  ],
  signIn: async ({ page, leadtrail }, use) => {
    await use((where = '') => open(page, leadtrail, where));
  },
});

/** What axe finds in what stands on the page, in both themes. The dark page is the same page in other colours. */
export async function violations(page: Page, where: string): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode(true);
    if (colorScheme === 'dark') axe.withRules(['color-contrast', 'link-in-text-block']);
    for (const v of (await axe.analyze()).violations) {
      const nodes = v.nodes.map((n) => `    ${n.html.slice(0, 200)}`).join('\n');
      found.push(`${where}, ${colorScheme}: ${v.id} (${v.help})\n${nodes}`);
    }
  }
  return found;
}

/** What stands on the page now: axe finds nothing in either theme, at either width, and nothing sticks out. */
export async function clean(page: Page) {
  const before = page.viewportSize();
  const found: string[] = [];
  for (const [width, height] of [
    [1280, 800],
    [900, 600],
  ] as const) {
    await page.setViewportSize({ width, height });
    found.push(...(await violations(page, String(width))));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) found.push(`${wide} px wider than ${width}`);
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null });
  if (before) await page.setViewportSize(before);
  expect(found.join('\n')).toBe('');
}

/** Where the contexts of a test were let in. */
const letIn = new WeakMap<BrowserContext, Set<string>>();

/** Opens a page of the program: `open(page, program, '#/leads')`. The first time by the link it prints. */
export async function open(page: Page, program: Leadtrail, where = '') {
  const known = letIn.get(page.context()) ?? new Set<string>();
  letIn.set(page.context(), known);
  if (known.has(program.ui)) {
    await page.goto(`${program.ui}/${where}`);
    return;
  }
  await page.goto(`${program.link}${where}`);
  // A page that is left at once would not have been let in yet.
  await page.waitForFunction(() => localStorage.getItem('leadtrail.session') !== null);
  known.add(program.ui);
}

export { expect };
