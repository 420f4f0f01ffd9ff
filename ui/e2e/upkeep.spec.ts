/**
 * Settings, Health, erasing and what goes wrong: axe finds nothing, both themes, two widths; all of it without a
 * mouse. A full disk, a silent service and a damaged file are what the status says; here its answer is rewritten.
 */
import type { Page as Tab } from '@playwright/test';
import type { Backups } from '../src/lib/api/maintenance';
import { DEMO_NOW, expect, open, test, violations } from './test';

const SOON = { timeout: 8_000 };

type Answer = Record<string, unknown>;

/** Changes what the server answers at `path`, also where it comes with the news. */
async function says(page: Tab, path: string, change: (answer: Answer) => unknown) {
  const part = path.replace('/api/', '');
  if (part === 'status' || part === 'sources')
    await page.route('**/api/changes?*', async (route) => {
      const news = (await (await route.fetch()).json()) as { snapshot?: Record<string, Answer | null> };
      const told = news.snapshot?.[part];
      if (told) news.snapshot![part] = change(told) as Answer;
      await route.fulfill({ json: news });
    });
  await page.route(`**${path}`, async (route) => {
    const answer = (await (await route.fetch()).json()) as Record<string, unknown>;
    await route.fulfill({ json: change(answer) });
  });
}

interface Screen {
  name: string;
  at: string;
  /** What the server says beside the truth. */
  before?: (page: Tab) => Promise<unknown>;
  reach: (page: Tab) => Promise<unknown>;
}

for (const [width, height] of [
  [1280, 800],
  [900, 600],
] as const) {
  test(`both themes, ${width}x${height}`, async ({ page, demo }) => {
    test.setTimeout(240_000);
    await demo.backUp();
    const { items } = await demo.api<Backups>('/backups');
    const lead = (await demo.leads()).find((l) => l.name && l.messages > 2)!;
    const screens: Screen[] = [
      {
        name: 'reaching this machine',
        at: '#/settings/reach',
        reach: async (page) => {
          await expect(page.locator('summary').first()).toBeVisible(SOON);
          for (const one of await page.locator('summary').all()) await one.click(SOON);
          await expect(page.locator('details[open]').first()).toBeVisible();
        },
      },
      {
        name: 'backups: going back',
        at: '#/settings/backups',
        reach: async (page) => {
          await page
            .getByRole('button', { name: /^Restore…/ })
            .first()
            .click(SOON);
          await expect(page.getByRole('group', { name: /^Go back to/ })).toBeVisible();
        },
      },
      {
        name: 'backups: deleting, and an erased person in it',
        at: '#/settings/backups',
        before: (page) =>
          says(page, '/api/backups', (answer) => ({
            ...answer,
            items: items.map((item) => ({ ...item, holds_erased: ['x'] })),
          })),
        reach: async (page) => {
          await page
            .getByRole('button', { name: /^Delete/ })
            .first()
            .click(SOON);
          await expect(page.getByText('still hold', { exact: false }).first()).toBeVisible();
        },
      },
      {
        name: 'erasing: a rule is looked at',
        at: '#/settings/erasing',
        reach: async (page) => {
          await page.getByRole('combobox').first().selectOption({ label: '3 months' }, SOON);
          await expect(page.getByRole('group', { name: /^Keep/ })).toContainText('brought back');
        },
      },
      {
        name: 'health',
        at: '#/settings/health',
        reach: (page) => expect(page.getByRole('list', { name: 'What was looked at' })).toBeVisible(SOON),
      },
      {
        name: 'trouble',
        at: '#/leads',
        before: (page) =>
          says(page, '/api/status', (answer) => ({
            ...answer,
            trouble: {
              text: 'The disk is full. Nothing already here is affected.',
              since: DEMO_NOW.toISOString(),
            },
          })),
        reach: (page) => expect(page.getByText('The disk is full.', { exact: false })).toBeVisible(SOON),
      },
      {
        name: 'a silent service',
        at: '#/sources/1',
        before: (page) =>
          says(page, '/api/sources', (answer) => ({
            items: (answer.items as { name: string }[]).map((item, i) => ({
              ...item,
              silence: i
                ? null
                : { since: DEMO_NOW.toISOString(), expected: 14, text: 'Nothing from CallRail since 09:14.' },
            })),
          })),
        reach: (page) => expect(page.getByText('It may be a quiet day.', { exact: false })).toBeVisible(SOON),
      },
      {
        name: 'some wait',
        at: '#/deliveries',
        before: (page) =>
          says(page, '/api/status', (answer) => ({
            ...answer,
            waiting: { deliveries: 12, since: DEMO_NOW.toISOString() },
          })),
        reach: (page) => expect(page.getByText('12 messages came while', { exact: false })).toBeVisible(SOON),
      },
      {
        name: 'some of a service wait',
        at: '#/sources/1',
        before: (page) =>
          says(page, '/api/sources', (answer) => ({
            items: (answer.items as object[]).map((item) => ({ ...item, waiting: 1 })),
          })),
        reach: (page) => expect(page.getByText('One message came while', { exact: false })).toBeVisible(SOON),
      },
      {
        name: 'a damaged file',
        at: '#/leads',
        before: (page) =>
          says(page, '/api/status', () => ({
            version: '0',
            damaged: {
              text: 'Part of the file can no longer be read.',
              folder: '/x',
              backups: items,
              salvage: true,
            },
          })),
        reach: (page) => expect(page.getByRole('heading', { name: 'The file is damaged' })).toBeVisible(SOON),
      },
      {
        name: 'lead: more',
        at: `#/lead/${lead.id}`,
        reach: async (page) => {
          await page.getByRole('button', { name: 'More', exact: true }).click(SOON);
          await expect(page.getByRole('menuitem', { name: 'Erase this person…' })).toBeVisible();
        },
      },
      {
        name: 'lead: erasing',
        at: `#/lead/${lead.id}`,
        reach: async (page) => {
          await page.getByRole('button', { name: 'More', exact: true }).click(SOON);
          await page.getByRole('menuitem', { name: 'Erase this person…' }).click(SOON);
          await expect(page.getByRole('dialog')).toContainText('Past reports keep their totals.', SOON);
          await page.getByRole('dialog').getByRole('textbox').fill(lead.name!);
        },
      },
      {
        name: 'connect: how to get an address',
        at: '#/connect?provider=callrail',
        reach: async (page) => {
          await page.getByRole('button', { name: /^How to get one/ }).click(SOON);
          await page.locator('summary').first().click(SOON);
          await expect(page.getByRole('dialog')).toBeVisible();
        },
      },
    ];
    await page.clock.setFixedTime(DEMO_NOW);
    await page.setViewportSize({ width, height });
    const found: string[] = [];
    for (const screen of screens) {
      await test.step(screen.name, async () => {
        await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
        await page.unrouteAll({ behavior: 'wait' });
        await page.goto('about:blank');
        await screen.before?.(page);
        await open(page, demo, screen.at);
        try {
          await screen.reach(page);
        } catch (error) {
          found.push(`${screen.name}: not reached, ${String(error)}`);
          return;
        }
        found.push(...(await violations(page, screen.name)));
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (wide > 0) found.push(`${screen.name}: ${wide} px wider than the window`);
      });
    }
    await page.unrouteAll({ behavior: 'wait' });
    expect(found.join('\n')).toBe('');
  });
}

test('without a mouse: to Health and back, a backup, a way in', async ({ page, leadtrail, signIn }) => {
  await leadtrail.add('callrail', { name: 'CallRail' });
  await leadtrail.backUp();
  await signIn('#/leads');
  await expect(page.getByRole('heading', { level: 1, name: 'Leads' })).toBeAttached();

  // The line at the foot of the rail leads to Health, so does the palette.
  await page.getByRole('link', { name: /^Listening/ }).press('Enter');
  await expect(page.getByRole('heading', { name: 'How everything stands' })).toBeVisible();
  await expect(page.getByRole('list', { name: 'What was looked at' })).toContainText('Fine');
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('health');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/settings\/health/);

  await page.keyboard.press('Control+k');
  await page.keyboard.type('restore');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/settings\/backups/);
  await page.getByRole('button', { name: 'Back up now' }).press('Enter');
  await expect(page.locator('.toast').filter({ hasText: 'Backed up, ' })).toBeVisible();
  const restore = page.getByRole('button', { name: /^Restore…/ }).first();
  await restore.press('Enter');
  const asked = page.getByRole('group', { name: /^Go back to/ });
  await expect(asked.getByRole('heading')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(asked.getByRole('checkbox')).toBeFocused();
  await page.keyboard.press('Space');
  await expect(asked).toContainText(
    'What services sent since then is only in the backup of what is here now.',
  );
  await page.keyboard.press('Escape');
  await expect(restore).toBeFocused();

  // The public address is asked on demand, and only then.
  await leadtrail.api('/settings', { method: 'PATCH', body: { public_base_url: leadtrail.hooks } });
  await page.goto(`${leadtrail.ui}/#/settings/reach`);
  await page.getByRole('button', { name: 'Ask the public address' }).press('Enter');
  await expect(page.getByRole('status').filter({ hasText: 'Fine' })).toBeVisible();
});
