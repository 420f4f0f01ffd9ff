/** Axe finds nothing: every screen, both themes, the two widths the window has most often. */
import type { Page as Tab } from '@playwright/test';
import type { Call, Delivery, Page } from '../src/lib/api/types';
import { Leadtrail } from './leadtrail';
import { DEMO_NOW, expect, open, test, violations } from './test';

interface Screen {
  name: string;
  /** Where it is; `fresh` on a program without any data. */
  at: string;
  fresh?: boolean;
  /** What has to be there before it is looked at, and how to come to it. */
  reach: (page: Tab) => Promise<unknown>;
}

/** A screen that does not come is one finding, not the end of the list. */
const SOON = { timeout: 6_000 };

const popover = (page: Tab) => expect(page.locator(':popover-open')).toHaveCount(1);
const rows = (page: Tab) => expect(page.locator('[data-lead]').nth(3)).toBeVisible(SOON);
const heading = (name: string | RegExp) => (page: Tab) =>
  expect(page.getByRole('main').getByText(name).first()).toBeAttached(SOON);

async function screens(demo: Leadtrail): Promise<Screen[]> {
  const calls = await demo.all<Call & { lead_id: number }>('/calls');
  const talk = calls.reduce((a, b) => (b.transcript.length > a.transcript.length ? b : a));
  const leads = await demo.leads();
  const stop = leads.find((l) => l.do_not_contact);
  const texts = leads.reduce((a, b) => (b.messages > a.messages ? b : a));
  const first = async (state: string) =>
    (await demo.api<Page<Delivery>>(`/deliveries?state=${state}&limit=1`)).items[0]!.id;
  const lead = `#/lead/${talk.lead_id}`;
  const entry = (page: Tab) => expect(page.locator('.entry').first()).toBeVisible(SOON);
  const click = (name: string | RegExp) => async (page: Tab) => {
    await entry(page);
    await page.getByRole('button', { name }).first().click(SOON);
    await popover(page);
  };
  const known: Screen[] = [
    { name: 'leads', at: '#/leads', reach: rows },
    {
      name: 'leads: filter',
      at: '#/leads',
      reach: async (page) => {
        await rows(page);
        await page.getByRole('button', { name: 'Filter' }).click(SOON);
        await popover(page);
      },
    },
    {
      name: 'leads: sort',
      at: '#/leads',
      reach: async (page) => {
        await rows(page);
        await page.getByRole('button', { name: /^Sort/ }).click(SOON);
        await popover(page);
      },
    },
    { name: 'leads: who needs me', at: '#/leads?view=needs', reach: rows },
    {
      name: 'search: words',
      at: '#/leads?q=quote',
      reach: async (page) => {
        await page.getByRole('button', { name: /Said and written/ }).click(SOON);
        await expect(page.locator('.hitrow').first()).toBeVisible();
      },
    },
    { name: 'search: nobody', at: '#/leads?q=qqqqq', reach: heading(/No lead matches/) },
    { name: 'lead with a long call', at: lead, reach: entry },
    {
      name: 'lead: details of the call, original transcript',
      at: lead,
      reach: async (page) => {
        await entry(page);
        await page.locator('.entry .fold[aria-expanded="false"]').evaluateAll((all) => {
          for (const one of all) (one as HTMLElement).click();
        });
        await page.keyboard.press('r');
      },
    },
    { name: 'lead: outcome', at: lead, reach: click(/^Outcome/) },
    { name: 'lead: why one person', at: lead, reach: click('Why one person?') },
    { name: 'lead: as of', at: lead, reach: click(/^As of/) },
    { name: 'lead: tags', at: lead, reach: click(/tag/i) },
    {
      name: 'lead: note and toast',
      at: lead,
      reach: async (page) => {
        await entry(page);
        await page
          .getByRole('button', { name: /^Copy \(/ })
          .first()
          .click(SOON);
        await page.keyboard.press('n');
        await expect(page.getByRole('textbox', { name: 'Note' })).toBeFocused();
      },
    },
    { name: 'lead: many texts', at: `#/lead/${texts.id}`, reach: entry },
    {
      name: 'calls',
      at: '#/calls',
      reach: (page) => expect(page.locator('a[href^="#/lead"]').nth(5)).toBeVisible(),
    },
    { name: 'calls: none', at: '#/calls?q=qqqqq', reach: heading('Calls') },
    { name: 'deliveries', at: '#/deliveries', reach: heading('Deliveries') },
    {
      name: 'deliveries: source',
      at: '#/deliveries',
      reach: async (page) => {
        await page
          .getByRole('button', { name: /source/i })
          .first()
          .click(SOON);
        await popover(page);
      },
    },
    {
      name: 'deliveries: some chosen',
      at: '#/deliveries',
      reach: async (page) => {
        await expect(page.locator('.lrow').nth(4)).toBeVisible(SOON);
        await page.keyboard.press('j');
        await page.keyboard.press('x');
        await page.getByRole('button', { name: 'Replay…' }).click(SOON);
        await popover(page);
      },
    },
    { name: 'deliveries: quarantine', at: '#/deliveries?state=quarantined', reach: heading('Deliveries') },
    { name: 'import', at: '#/deliveries/import', reach: heading('Drop an export here') },
    { name: 'no such import', at: '#/deliveries/import/999999', reach: heading('There is no import 999999') },
    ...(await Promise.all(
      ['processed', 'duplicate', 'repaired', 'quarantined'].map(async (state) => ({
        name: `delivery: ${state}`,
        at: `#/deliveries/${await first(state)}`,
        reach: (page: Tab) => expect(page.getByText('Signature', { exact: true })).toBeVisible(),
      })),
    )),
    { name: 'delivery: none', at: '#/deliveries/999999', reach: heading('There is no delivery 999999') },
    { name: 'sources', at: '#/sources/1', reach: heading('Details') },
    { name: 'sources: add', at: '#/sources/new', reach: heading('Add a source') },
    { name: 'connect another', at: '#/connect?provider=meera', reach: heading('Meera') },
    { name: 'reports', at: '#/reports', reach: heading('Where leads get to') },
    {
      name: 'reports: rows of a figure',
      at: '#/reports?figure=calls.in',
      reach: (page) => expect(page.locator('.drawer [data-at]').first()).toBeVisible(SOON),
    },
    { name: 'settings', at: '#/settings', reach: heading('Settings') },
    {
      name: 'palette',
      at: '#/leads',
      reach: async (page) => {
        await rows(page);
        await page.keyboard.press('Control+k');
        await page.keyboard.type('qu');
        await expect(page.getByRole('option').nth(2)).toBeVisible();
      },
    },
    {
      name: 'keys',
      at: '#/leads',
      reach: async (page) => {
        await rows(page);
        await page.keyboard.press('?');
        await expect(page.getByRole('dialog', { name: 'All keys' })).toBeVisible();
      },
    },
    { name: 'no such page', at: '#/nowhere', reach: heading('There is no such page') },
    { name: 'no such lead', at: '#/lead/999999', reach: heading('There is no such lead') },
    { name: 'first run', at: '#/connect', fresh: true, reach: heading('Connect a service') },
    {
      name: 'first run: the last step',
      at: '#/connect/last',
      fresh: true,
      reach: heading('Two small things'),
    },
    { name: 'leads: empty', at: '#/leads', fresh: true, reach: heading('No service is connected yet') },
    { name: 'calls: empty', at: '#/calls', fresh: true, reach: heading('Calls') },
    {
      name: 'reports: empty',
      at: '#/reports',
      fresh: true,
      reach: heading('Nobody was heard from in this period'),
    },
    { name: 'gaps: none', at: '#/deliveries/gaps', fresh: true, reach: heading('No gaps') },
    { name: 'deliveries: empty', at: '#/deliveries', fresh: true, reach: heading('Deliveries') },
    { name: 'sources: empty', at: '#/sources', fresh: true, reach: heading('No service is connected') },
  ];
  if (stop) known.push({ name: 'lead: do not contact', at: `#/lead/${stop.id}`, reach: entry });
  return known;
}

/** Each look takes seconds where the machine is busy: in parts, none of them is long. */
const PARTS = 4;
const looks = (
  [
    [1280, 800],
    [900, 600],
  ] as const
).flatMap((size) => Array.from({ length: PARTS }, (_, part) => [...size, part] as const));

for (const [width, height, part] of looks) {
  test(`both themes, ${width}x${height}, part ${part + 1}`, async ({ page, demo, leadtrail, watched }) => {
    test.setTimeout(240_000);
    await page.clock.setFixedTime(DEMO_NOW);
    await page.setViewportSize({ width, height });
    const found: string[] = [];
    for (const screen of (await screens(demo)).filter((_, n) => n % PARTS === part)) {
      await test.step(screen.name, async () => {
        const began = performance.now();
        const program = screen.fresh ? leadtrail : demo;
        await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
        // Each screen as if it were the first one.
        await page.goto('about:blank');
        await open(page, program, screen.at);
        try {
          await screen.reach(page);
        } catch (error) {
          found.push(`${screen.name}: not reached, ${String(error)}`);
          return;
        }
        const loaded = performance.now();
        found.push(...(await violations(page, screen.name)));
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (wide > 0) found.push(`${screen.name}: ${wide} px wider than the window`);
        if (process.env.TIMES)
          console.log(screen.name, Math.round(loaded - began), Math.round(performance.now() - loaded));
      });
    }
    // What is not there was asked for on purpose.
    watched.errors = watched.errors.filter((text) => !/status of 404/.test(text));
    expect(found.join('\n')).toBe('');
  });
}
