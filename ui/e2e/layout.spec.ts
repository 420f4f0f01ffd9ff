/** Nothing sticks out of its box, is cut off, lies over another thing or makes the page scroll: every screen, four widths. */
import type { Locator, Page as Tab } from '@playwright/test';
import type { Call, LeadRow, Page as ListPage } from '../src/lib/api/types';
import type { SavedReport } from '../src/lib/api/exports';
import type { Backups } from '../src/lib/api/maintenance';
import { faults, settled, SIZES, underWay } from './layout';
import { callOf, KAYLAH, tell } from './people';
import { MARCH, screens, SOON, type Screen } from './places';
import { DEMO_NOW, expect, open, test } from './test';

/** Closes what stands open above the page. */
async function shut(page: Tab) {
  const above = page.locator(':popover-open, dialog:modal');
  while (await above.count()) {
    const before = await above.count();
    await page.keyboard.press('Escape');
    await expect.poll(() => above.count()).toBeLessThan(before);
  }
}

/** Each screen at each width; each fault once, with the places it was found at. */
async function measure(page: Tab, list: Screen[]): Promise<string> {
  const found = new Map<string, string[]>();
  const waiting = underWay(page);
  const only = new RegExp(process.env.LAYOUT_ONLY ?? '');
  const go = (to: string) => page.evaluate((hash) => void (location.hash = hash), to);
  for (const screen of list.filter((s) => only.test(s.name))) {
    await test.step(screen.name, async () => {
      const began = performance.now();
      await shut(page);
      await go('#/nothing');
      await page.setViewportSize({ width: SIZES[0][0], height: SIZES[0][1] });
      await go(screen.at);
      for (const [width, height] of SIZES) {
        const where = `${screen.name} ${width}`;
        try {
          await shut(page);
          await page.setViewportSize({ width, height });
          await page.locator(screen.there).first().waitFor(SOON);
          await settled(page, waiting);
          await screen.act?.(page);
          await settled(page, waiting);
        } catch (error) {
          found.set(`${where}: not reached, ${String(error)}`, []);
          return;
        }
        for (const fault of await faults(page)) found.set(fault, [...(found.get(fault) ?? []), where]);
      }
      if (process.env.TIMES) console.log(screen.name, Math.round(performance.now() - began));
    });
  }
  return [...found].map(([fault, at]) => `${fault}\n    at ${at.join(', ')}`).join('\n');
}

const PARTS: [string, RegExp][] = [
  ['leads and calls', /^(leads|a lead|lead|search|calls)\b/],
  ['reports', /^reports\b/],
  ['what came, where from, and settings', /^(?!leads|a lead|lead|search|calls|reports)/],
];
for (const [part, fits] of PARTS)
  test(`every screen keeps within its boxes: ${part}`, async ({ page, demo, watched }) => {
    await page.clock.setFixedTime(DEMO_NOW);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await demo.backUp();
    await open(page, demo, '#/leads');
    const list = (await screens(demo)).filter((one) => fits.test(one.name));
    expect(list.length).toBeGreaterThan(5);
    const found = await measure(page, list);
    // What is not there was asked for on purpose.
    watched.errors = watched.errors.filter((text) => !/status of 404/.test(text));
    expect(found).toBe('');
  });

/** The longest there is of everything, in what the program answers. */
async function stretch(page: Tab) {
  const stages = ['responded', 'do_not_contact', 'unreachable', 'booked', 'contacted', 'converted'];
  const outcomes = ['booked', 'not_interested', 'wrong_number', 'follow_up', 'quoted', 'no_answer'];
  const long = 'Maximiliane Alexandrovna von Hohenzollern-Sigmaringen de la Vega y Castellanos';
  const worst = (row: Record<string, unknown>, n: number) => ({
    ...row,
    name: n % 2 ? long : 'Alexandra Whitfield',
    stage: stages[n % stages.length],
    outcome: outcomes[n % outcomes.length],
    value_cents: n % 3 ? 1_234_567_89 : 13_500_00,
    phones: n % 4 ? ['+14045550110'] : ['+442079460958', '+14045550110', '+14045550111'],
    emails: ['maximiliane.alexandrovna.von.hohenzollern@a-very-long-company-name.example.com'],
    tags: ['Kitchen renovation', 'Needs a permit', 'Windows'],
    unread: true,
    do_not_contact: null,
    needs: [{ what: 'call_back', since: '2026-03-20T08:00:00Z', entry: '' }],
  });
  await page.route(/\/api\/leads(\?|$)/, async (route) => {
    const answer = (await (await route.fetch()).json()) as { items: Record<string, unknown>[] };
    await route.fulfill({ json: { ...answer, items: answer.items.map(worst) } });
  });
  await page.route(/\/api\/leads\/\d+$/, async (route) => {
    if (route.request().method() !== 'GET') return route.fallback();
    const answer = (await (await route.fetch()).json()) as Record<string, unknown>;
    await route.fulfill({ json: worst(answer, 0) });
  });
  await page.route(/\/api\/reports\/overview\?/, async (route) => {
    type Cell = { value: number | null; figure: string };
    const answer = (await (await route.fetch()).json()) as {
      sections: { tables: { chart: string | null; rows: { cells: Cell[] }[] }[] }[];
    };
    // Somebody called in every hour of the week, and very often.
    for (const table of answer.sections.flatMap((s) => s.tables).filter((t) => t.chart === 'heat'))
      for (const row of table.rows) for (const cell of row.cells) cell.value = 128;
    await route.fulfill({ json: answer });
  });
}

test('the longest names, numbers and amounts keep within their boxes too', async ({ page, demo }) => {
  await page.clock.setFixedTime(DEMO_NOW);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const lead = (await demo.leads()).find((l) => l.messages > 2)!;
  await stretch(page);
  await open(page, demo, '#/leads');
  const row = '[data-lead]';
  const found = await measure(page, [
    { name: 'leads', at: '#/leads', there: row },
    { name: 'a lead beside the list', at: `#/leads/${lead.id}`, there: 'main .entry' },
    { name: 'lead', at: `#/lead/${lead.id}`, there: 'main .entry' },
    { name: 'reports', at: `#/reports?${MARCH}`, there: '.heat a' },
  ]);
  expect(found).toBe('');
});

test('where there is room for one of them, the address of a lead shows the lead, and Back its row', async ({
  page,
  demo,
}) => {
  const { items, total } = await demo.api<ListPage<LeadRow>>('/leads?needs=any&limit=10');
  const third = items[2]!;
  await page.setViewportSize({ width: 900, height: 600 });
  await open(page, demo, `#/leads/${third.id}?view=needs`);
  await expect(page.locator('main .entry').first()).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(third.name!);
  await expect(page.locator('[data-lead]')).toHaveCount(0);
  // It is one of the list the address names.
  await expect(page.locator('.crumb')).toContainText(`3 of ${total}`);
  await page.getByRole('link', { name: 'Needs me', exact: true }).click();
  await expect(page).toHaveURL(/#\/leads\?view=needs$/);
  await expect(page.locator(`[data-lead="${third.id}"]`)).toBeFocused();
  await page.goBack();
  await expect(page.locator('main .entry').first()).toBeVisible();
  await page.keyboard.press('j');
  await expect(page.locator('.crumb')).toContainText(`4 of ${total}`);
  await page.keyboard.press('Escape');
  await expect(page.locator(`[data-lead="${items[3]!.id}"]`)).toBeFocused();

  // A window that grows has both again.
  await page.goto(`${demo.ui}/#/leads/${third.id}?view=needs`);
  await expect(page.locator('.crumb')).toBeVisible();
  await page.setViewportSize({ width: 1280, height: 800 });
  await expect(page.locator('[data-lead]').first()).toBeVisible();
  await expect(page.locator('main .entry').first()).toBeVisible();
});

test('what is walked to or shown stands below the day that sticks to the top', async ({ page, demo }) => {
  await page.clock.setFixedTime(DEMO_NOW);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const calls = await demo.all<Call & { lead_id: number }>('/calls');
  const leads = await demo.leads();
  const busy = (id: number) => leads.find((l) => l.id === id)!;
  const talk = calls
    .filter((c) => busy(c.lead_id).calls + busy(c.lead_id).messages > 3)
    .reduce((a, b) => (b.transcript.length > a.transcript.length ? b : a));
  /** How far an element begins below the heading of a day over it. */
  const below = () =>
    page.evaluate(() => {
      const at = document.activeElement!.getBoundingClientRect();
      const covered = [...document.querySelectorAll('.day')]
        .map((day) => day.getBoundingClientRect())
        .filter((day) => day.bottom > at.top + 1 && day.top < at.bottom - 1);
      return covered.map((day) => Math.round(day.bottom - at.top));
    });
  for (const [width, height] of [
    [1280, 800],
    [900, 600],
    [1100, 480],
  ] as const) {
    await page.setViewportSize({ width, height });
    for (const entry of await demo.entries(talk.lead_id)) {
      await page.goto('about:blank');
      await open(page, demo, `#/lead/${talk.lead_id}?entry=${encodeURIComponent(entry.id)}`);
      const shown = page.locator(`[id="en-${entry.id}"]`);
      if ((await page.locator('.entry').first().waitFor(), await shown.count()) === 0) continue;
      await expect(shown).toBeInViewport();
      expect(await below(), `${entry.title} at ${width}x${height}`).toEqual([]);
    }
    // Backwards through everything that can have the focus, from the end of the timeline.
    await page.locator('.entry').last().scrollIntoViewIfNeeded();
    await page.locator('.entry :is(button, a[href])').last().focus();
    for (let n = 0; n < 30; n++) {
      await page.keyboard.press('Shift+Tab');
      if (await page.evaluate(() => !document.activeElement?.closest('.entry'))) break;
      expect(await below(), `walked to at ${width}x${height}`).toEqual([]);
    }
  }
});

test('in forced colours it is seen what is chosen, what has the focus, and what is on', async ({
  page,
  demo,
}) => {
  await page.clock.setFixedTime(DEMO_NOW);
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
  /** All that is drawn of a thing that forced colours leave: colours, edges, and what is before and after it. */
  const look = (of: Locator) =>
    of.evaluate((e) => {
      const probe = document.body.appendChild(document.createElement('i'));
      probe.style.cssText = 'forced-color-adjust: none; background: Canvas';
      const canvas = getComputedStyle(probe).backgroundColor;
      probe.remove();
      const box = (css: CSSStyleDeclaration) => [
        css.backgroundColor === canvas || css.backgroundColor.endsWith(', 0)') ? '' : css.backgroundColor,
        css.borderTopStyle === 'none' ? '' : `${css.borderTopWidth} ${css.borderTopColor}`,
        css.outlineStyle === 'none' ? '' : css.outline,
      ];
      const beside = (css: CSSStyleDeclaration) => (css.content === 'none' ? [] : box(css));
      const own = getComputedStyle(e);
      return [
        own.color,
        own.fontWeight,
        ...box(own),
        ...beside(getComputedStyle(e, '::before')),
        ...beside(getComputedStyle(e, '::after')),
      ]
        .filter(Boolean)
        .join(' | ');
    });
  const differ = async (at: string, chosen: Locator, other: Locator) => {
    await expect(chosen.first()).toBeVisible();
    await expect(other.first()).toBeVisible();
    expect(await look(chosen.first()), at).not.toBe(await look(other.first()));
  };
  const main = page.getByRole('main');
  await open(page, demo, '#/leads');
  const tabs = main.locator('.tabs');
  await differ('saved views', tabs.locator('[aria-current]'), tabs.locator('a:not([aria-current])'));
  await differ('room', page.locator('.nav [aria-current]'), page.locator('.nav a:not([aria-current])'));
  await page.locator('[data-lead]').nth(2).click();
  await differ(
    'row',
    page.locator('.row[aria-current]'),
    page.locator('.row:not([aria-current]):not(:focus)'),
  );
  const kinds = main.getByRole('group', { name: 'Show', exact: true });
  await differ('kinds', kinds.locator('[aria-pressed="true"]'), kinds.locator('[aria-pressed="false"]'));
  await page.locator('[data-lead]').nth(3).focus();
  await page.keyboard.press('j');
  await differ(
    'focus',
    page.locator('.row:focus'),
    page.locator('.row[aria-current]:not(:focus), .row:not(:focus)'),
  );
  await open(page, demo, '#/settings');
  await differ('pages', tabs.locator('[aria-current]'), tabs.locator('a:not([aria-current])'));
  await open(page, demo, '#/deliveries?state=processed');
  await differ('state', main.locator('.chip.on'), main.locator('.states .chip:not(.on)'));
  await main.locator('.lrow').nth(1).click();
  await differ(
    'ledger',
    main.locator('.lrow[aria-current]'),
    main.locator('.lrow:not([aria-current]):not(:focus)'),
  );
  await open(page, demo, '#/sources/1');
  await differ('source', main.locator('.srow[aria-current]'), main.locator('.srow:not([aria-current])'));
  await open(page, demo, '#/connect?provider=meera');
  await differ(
    'tile',
    main.locator('[role=radio][aria-checked=true]'),
    main.locator('[role=radio][aria-checked=false]'),
  );
  await open(page, demo, '#/settings/backups');
  const on = main.getByRole('switch').first();
  const before = await look(on);
  await on.click();
  await expect.poll(() => look(on)).not.toBe(before);
  await on.click();
  await open(page, demo, `#/reports?${MARCH}`);
  await expect(main.locator('.trend .s4').first()).toBeVisible();
  const fills = await main
    .locator('.trend svg a rect')
    .evaluateAll((all) => [
      ...new Map(all.map((e) => [e.getAttribute('class')?.split(' ')[0], getComputedStyle(e).fill])).values(),
    ]);
  expect(fills.length).toBe(5);
  expect(new Set(fills).size, fills.join(' ')).toBe(5);
});

test('the first run, empty rooms, an import and what went wrong keep within their boxes', async ({
  page,
  leadtrail,
  watched,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open(page, leadtrail, '#/connect');
  const fresh: Screen[] = [
    ['first run', '#/connect'],
    ['first run: the last step', '#/connect/last'],
    ['leads: empty', '#/leads'],
    ['calls: empty', '#/calls'],
    ['reports: empty', '#/reports'],
    ['deliveries: empty', '#/deliveries'],
    ['gaps: none', '#/deliveries/gaps'],
    ['sources: empty', '#/sources'],
  ].map(([name, at]) => ({ name: name!, at: at!, there: 'main h1, main h2' }));
  const found = [await measure(page, fresh)];

  // With a gap, a source that waits for its first event, and an import that is looked at.
  const source = await leadtrail.add('callrail', { name: 'CallRail, the front desk of the shop in Atlanta' });
  await tell(leadtrail, source, callOf(KAYLAH));
  await leadtrail.pause(2500);
  await open(page, leadtrail, '#/deliveries/import');
  const csv = [
    'Call Status,Tracking Number,Start Time,Duration (seconds),Name,Phone Number,Source,A column of their own with a long name',
    'Answered Call,+14045550100,2026-03-02T09:14:00Z,245,Nia Osei,+14045550161,Google Ads,Said she would call again after Easter',
    'Missed Call,+14045550100,no time at all,0,Una Lost,+14045550163,Direct,',
  ].join('\n');
  await page.locator('input[type=file]').setInputFiles({
    name: 'everything the telephone company had about the spring of 2026, second attempt.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(csv),
  });
  await expect(page).toHaveURL(/#\/deliveries\/import\/\d+/);
  const plan = new URL(page.url()).hash;
  const looked = async (page: Tab) => {
    const button = page.getByRole('button', { name: 'Show what it would do' });
    if (await button.isVisible()) await button.click();
    await expect(page.getByText('would be left out')).toBeVisible();
  };
  found.push(
    await measure(page, [
      { name: 'gaps', at: '#/deliveries/gaps', there: '.gapcard' },
      { name: 'ledger with a gap', at: '#/deliveries', there: '.band' },
      { name: 'import: its columns', at: plan, there: 'main select' },
      { name: 'import: what it would do', at: plan, there: 'main select', act: looked },
      { name: 'imports: one', at: '#/deliveries/import', there: 'main li' },
      { name: 'a source with a long name', at: `#/sources/${source.id}`, there: 'text=Details' },
    ]),
  );

  // An import that is done, and a report that is saved and made by itself.
  await page.evaluate((hash) => void (location.hash = hash), plan);
  await looked(page);
  await page.getByRole('button', { name: /^Import \d/ }).click();
  await expect(page.getByRole('heading', { name: /^What became of/ })).toBeVisible();
  const saved = await leadtrail.api<SavedReport>('/saved-reports', {
    method: 'POST',
    body: {
      name: 'What the front desk of the shop in Atlanta did last month, for the meeting of the owners',
      range: 'last_month',
      schedule: { every: 'monthly', day: 1, at: '07:00', folder: '', on: true },
    },
  });
  found.push(
    await measure(page, [
      { name: 'import: done', at: plan, there: 'text=What became of' },
      { name: 'imports: one that is done', at: '#/deliveries/import', there: 'main li' },
      { name: 'a saved report', at: `#/reports/saved/${saved.id}`, there: 'main h1' },
      { name: 'saved reports', at: '#/reports/exports', there: 'text=What the front desk' },
    ]),
  );

  // A line above every page, and the page that stands in place of all of them.
  await leadtrail.backUp();
  const { items } = await leadtrail.api<Backups>('/backups');
  await page.route(/\/api\/changes/, async (route) => {
    const answer = (await (await route.fetch()).json()) as { snapshot?: { status: Record<string, unknown> } };
    if (answer.snapshot)
      answer.snapshot.status.trouble = {
        text: 'The disk is full. Nothing already here is affected. What services send now is not taken in, and most of them send it again later.',
        since: new Date().toISOString(),
      };
    await route.fulfill({ json: answer }).catch(() => undefined);
  });
  await page.reload();
  await expect(page.getByText('The disk is full.', { exact: false })).toBeVisible();
  found.push(
    await measure(page, [
      { name: 'trouble: leads', at: '#/leads', there: '[data-lead]' },
      { name: 'trouble: settings', at: '#/settings/business', there: 'main h2' },
    ]),
  );
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.route(/\/api\/changes/, (route) => route.fulfill({ status: 503, json: { code: 'damaged' } }));
  await page.route(/\/api\/status/, (route) =>
    route.fulfill({
      json: {
        version: '0',
        damaged: {
          text: 'Part of the file can no longer be read.',
          folder: '/home/somebody/.local/share/leadtrail-of-the-shop-in-atlanta/data',
          backups: items,
          salvage: true,
        },
      },
    }),
  );
  await page.reload();
  await expect(page.getByRole('heading', { name: 'The file is damaged' })).toBeVisible();
  found.push(await measure(page, [{ name: 'a damaged file', at: '#/leads', there: 'main h1' }]));
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  watched.errors = watched.errors.filter((text) => !/Failed to (load resource|fetch)|ERR_/.test(text));
  expect(found.filter(Boolean).join('\n')).toBe('');
});

/** The days until yesterday, as the address says them. */
function lastDays(days: number): string {
  const day = (back: number) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
  return `from=${day(days)}&to=${day(1)}`;
}

test('with the line over sample data nothing leaves its box', async ({ page, leadtrail }) => {
  test.setTimeout(240_000);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open(page, leadtrail);
  await page.getByRole('button', { name: 'Look around with sample data' }).click();
  const banner = page.getByRole('complementary', { name: 'Sample data' });
  await expect(banner).toBeVisible({ timeout: 120_000 });
  await page.locator('[data-lead]').first().click();
  await expect(page.locator('main .entry').first()).toBeVisible();
  const lead = new URL(page.url()).hash;
  const found = await measure(page, [
    { name: 'sample: leads', at: '#/leads', there: '[data-lead]' },
    { name: 'sample: a lead beside the list', at: lead, there: 'main .entry' },
    { name: 'sample: lead', at: lead.replace('#/leads/', '#/lead/'), there: 'main .entry' },
    { name: 'sample: calls', at: '#/calls', there: '.lrow' },
    // The sample goes to yesterday: on the first of a month that month has nothing.
    { name: 'sample: reports', at: `#/reports?${lastDays(30)}`, there: '.kpis' },
    { name: 'sample: deliveries', at: '#/deliveries', there: '.lrow' },
    { name: 'sample: settings', at: '#/settings', there: 'main h2' },
  ]);
  await expect(banner).toBeVisible();
  expect(found).toBe('');
});

test('in a low window a popover lies inside it, and scrolls', async ({ page, demo }) => {
  await page.setViewportSize({ width: 1280, height: 330 });
  await open(page, demo, '#/leads');
  await page.getByRole('button', { name: 'Filter' }).click();
  const popover = page.locator(':popover-open');
  const scrolled = await popover.evaluate(async (it) => {
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    await frame();
    it.scrollTop = 20;
    // Where it lies is looked at anew with each scroll and each size.
    await frame();
    window.dispatchEvent(new Event('resize'));
    await frame();
    await frame();
    const { top, bottom } = it.getBoundingClientRect();
    return { at: it.scrollTop, inside: top >= 8 && bottom <= innerHeight - 7 };
  });
  expect(scrolled).toEqual({ at: 20, inside: true });
});
