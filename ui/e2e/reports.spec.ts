/** Shows 7: a period, a comparison, a figure and its rows; each shape exported, opened and read. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Download, Page as Tab } from '@playwright/test';
import { strFromU8, unzipSync } from 'fflate';
import type { Report, Rows } from '../src/lib/api/reports';
import { callOf, KAYLAH, tell } from './people';
import { clean, DEMO_NOW, expect, open, test } from './test';

const MARCH = 'from=2026-03-01&to=2026-03-26';
const figures = (page: Tab) => page.getByRole('region', { name: 'Figures' });
const drawer = (page: Tab) => page.locator('.drawer');
const total = (page: Tab) => drawer(page).locator('[data-total]');
/** Long after the click a browser wants another one before it fetches a file. */
const take = async (page: Tab) => {
  const link = page.getByRole('button', { name: /^Download/ });
  await expect(link).toBeVisible({ timeout: 150_000 });
  if ((await link.textContent()) === 'Download') await link.click();
};
const there = (page: Tab) => expect(page.locator('.kpi').first()).toBeVisible();

test.beforeEach(async ({ page }) => {
  await page.clock.setFixedTime(DEMO_NOW);
});

test('a period, a comparison, filters: all of it in the address', async ({ page, demo }) => {
  await open(page, demo, '#/leads');
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await there(page);
  await expect(page).toHaveURL(/#\/reports$/);
  const shown = async () =>
    (await page.locator('.kpi [data-figure="leads.new"]').textContent())?.replace(/\D/g, '');
  const asked = (query: string) => demo.api<Report>(`/reports/overview?${query}`);
  const fresh = (r: Report) => String(r.headlines[0]!.cell.value);
  // This month so far.
  await expect.poll(shown).toBe(fresh(await asked('from=2026-03-01&to=2026-03-27')));

  // The month before, and back.
  await page.getByRole('button', { name: /^The period before/ }).click();
  await expect(page).toHaveURL(/from=2026-02-01&to=2026-02-28/);
  await expect.poll(shown).toBe(fresh(await asked('from=2026-02-01&to=2026-02-28')));
  await page.goBack();
  await expect.poll(shown).toBe(fresh(await asked('from=2026-03-01&to=2026-03-27')));

  // A week, by its button; other dates, by two clicks into the calendar.
  await page.getByRole('button', { name: 'Week', exact: true }).click();
  await expect(page).toHaveURL(/from=2026-03-23&to=2026-03-27/);
  await page.getByRole('button', { name: 'Choose other dates' }).click();
  await page.getByRole('button', { name: '3 Mar 2026', exact: true }).click();
  await page.getByRole('button', { name: '12 Mar 2026', exact: true }).click();
  await expect(page).toHaveURL(/from=2026-03-03&to=2026-03-12/);
  await expect.poll(shown).toBe(fresh(await asked('from=2026-03-03&to=2026-03-12')));

  // Compared with a year ago, with nothing, with the period before.
  await page.getByRole('button', { name: /^Compared with/ }).click();
  await page.getByRole('menuitemradio', { name: 'The same a year ago' }).click();
  await expect(page.getByRole('button', { name: /^Compared with .*3 to 12 Mar 2025$/ })).toBeVisible();
  await page.getByRole('button', { name: /^Compared with/ }).click();
  await page.getByRole('menuitemradio', { name: 'Nothing' }).click();
  await expect(page.getByRole('button', { name: 'Compared with nothing' })).toBeVisible();
  await expect(page.locator('.kpi .was')).toHaveCount(0);

  // A source: fewer leads, and the button says which.
  await page.getByRole('button', { name: 'All sources, all reps' }).click();
  await page.getByLabel('Source', { exact: true }).selectOption({ index: 1 });
  await expect(page).toHaveURL(/source=\d+/);
  await page.getByRole('button', { name: 'Done' }).click();
  const source = /source=(\d+)/.exec(page.url())![1]!;
  await expect
    .poll(shown)
    .toBe(fresh(await asked(`from=2026-03-03&to=2026-03-12&compare=none&source=${source}`)));

  // What we knew then, and the way back.
  await page.goto(`${demo.ui}/#/reports?${MARCH}&as_of=2026-03-10`);
  await expect(page.getByText('What was known at the end of 10 Mar 2026.')).toBeVisible();
  await page.getByRole('button', { name: 'Back to today' }).click();
  await expect(page).not.toHaveURL(/as_of/);
});

test('a figure opens exactly its rows', async ({ page, demo }) => {
  await open(page, demo, `#/reports?${MARCH}`);
  await there(page);
  const report = await demo.api<Report>(`/reports/overview?${MARCH}`);
  const rows = (figure: string) =>
    demo.api<Rows>(`/reports/overview/rows?${MARCH}&figure=${encodeURIComponent(figure)}&limit=5`);

  const missed = figures(page).locator('[data-figure="calls.missed_really"]').first();
  const said = Number((await missed.textContent())?.replace(/\D/g, ''));
  await missed.click();
  await expect(page).toHaveURL(/figure=calls\.missed_really/);
  await expect(total(page)).toHaveText(String(said));
  expect((await rows('calls.missed_really')).total).toBe(said);
  await expect(drawer(page)).toContainText('How this is counted.');
  // Every row is there: the list says so, page after page.
  await expect(drawer(page).locator('li[aria-setsize]').first()).toHaveAttribute(
    'aria-setsize',
    String(said),
  );
  const seen = new Set<string>();
  const drawn = drawer(page).locator('[data-at]');
  const numbers = () => drawn.evaluateAll((all) => all.map((r) => Number(r.getAttribute('data-at'))));
  for (let last = -1; last < said - 1;) {
    for (const at of await numbers()) seen.add(String(at));
    await drawn.last().scrollIntoViewIfNeeded();
    const before = last;
    await expect.poll(async () => (last = Math.max(...(await numbers())))).toBeGreaterThan(before);
    for (const at of await numbers()) seen.add(String(at));
  }
  expect(seen.size).toBe(said);

  // Esc closes it and gives the focus back.
  await page.keyboard.press('Escape');
  await expect(drawer(page)).toHaveCount(0);
  await expect(missed).toBeFocused();

  // J and K walk the rows; Enter opens the lead at its call.
  await missed.press('Enter');
  await expect(total(page)).toHaveText(String(said));
  await page.keyboard.press('j');
  await expect(drawer(page).locator('[data-at="0"]')).toBeFocused();
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await expect(drawer(page).locator('[data-at="0"]')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/lead\/\d+\?entry=call/);
  await expect(page.locator('.entry').first()).toBeVisible();
  await page.goBack();
  await expect(total(page)).toHaveText(String(said));

  // A share opens those it counts, and names those it is a part of.
  const share = report.headlines.find((h) => h.key === 'answered')!.cell;
  await page.goto(`${demo.ui}/#/reports?${MARCH}&figure=${share.figure}`);
  await expect(total(page)).toHaveText(String(share.rows));
  await expect(drawer(page)).toContainText(`${share.rows} of ${share.of}`);

  // A cell of the heat map, a row of a breakdown, the period before.
  for (const wanted of [
    report.sections.find((s) => s.key === 'heatmap')!.tables[0]!.rows.flatMap((r) => r.cells),
    report.sections.find((s) => s.key === 'touches')!.tables[0]!.rows.flatMap((r) => r.cells),
  ]) {
    const cell = wanted.reduce((a, b) => (b.rows > a.rows ? b : a));
    await page.goto(`${demo.ui}/#/reports?${MARCH}&figure=${encodeURIComponent(cell.figure)}`);
    await expect(total(page)).toHaveText(String(cell.rows));
  }
  await page.goto(`${demo.ui}/#/reports?${MARCH}&figure=leads.new&of=compared`);
  await expect(total(page)).toHaveText(String(report.headlines[0]!.cell.was_rows));
});

test('charts have tables behind them, and every figure its definition', async ({ page, demo }) => {
  await open(page, demo, `#/reports?${MARCH}`);
  await there(page);
  const toggles = page.getByRole('button', { name: /^Show as table/ });
  const n = await toggles.count();
  expect(n).toBeGreaterThanOrEqual(5);
  for (let i = 0; i < n; i++) await toggles.first().click();
  await expect(page.getByRole('button', { name: /^Show as chart/ })).toHaveCount(n);
  await expect(page.getByRole('table', { name: 'Time to the first answer' })).toBeVisible();
  for (let i = 0; i < n; i++)
    await page
      .getByRole('button', { name: /^Show as chart/ })
      .first()
      .click();
  await page.getByRole('button', { name: 'How is this counted? How fast we answer' }).click();
  await expect(page.getByRole('group', { name: 'Definitions' })).toContainText('seconds from asking');
  await page.keyboard.press('Escape');
  // The clock of business hours stands in the address.
  await page.getByRole('button', { name: 'Business hours' }).click();
  await expect(page).toHaveURL(/clock=open/);
  await page.getByRole('button', { name: 'Rep', exact: true }).click();
  await expect(page).toHaveURL(/by=rep/);
});

test('each shape is made, fetched, opened, and says the same', async ({ page, demo, browser }) => {
  // A PDF takes long in a build without optimisation.
  test.setTimeout(300_000);
  const folder = mkdtempSync(join(tmpdir(), 'leadtrail-files-'));
  try {
    await open(page, demo, `#/reports?${MARCH}`);
    await there(page);
    const report = await demo.api<Report>(`/reports/overview?${MARCH}`);
    const leads = report.headlines[0]!.cell.value!;
    const revenue = report.headlines.find((h) => h.key === 'revenue')!.cell.value!;
    const all = Object.values(report.manifest.rows).reduce((a, b) => a + b, 0);

    const fetched = async (name: RegExp): Promise<string> => {
      await page.getByRole('button', { name: 'Export', exact: true }).click();
      await expect(page.getByText('Each file carries the filters')).toBeVisible();
      const came: Promise<Download> = page.waitForEvent('download', { timeout: 160_000 });
      await page.getByRole('menuitem', { name }).click();
      await take(page);
      const file = await came;
      const to = join(folder, file.suggestedFilename());
      await file.saveAs(to);
      await page.getByRole('button', { name: 'Close message' }).first().click();
      return to;
    };

    // JSON: the report itself, its rows, and the same fingerprint's worth of figures.
    const json = JSON.parse(readFileSync(await fetched(/^JSON/), 'utf8')) as Report & { rows?: unknown[] };
    expect(json.headlines[0]!.cell.value).toBe(leads);
    expect(json.manifest.period.from).toBe('2026-03-01');
    expect(json.rows).toHaveLength(all);
    // The fingerprint of the file is that of the page, once the program has read the sample data its newest way.
    const { sha256 } = json.manifest;
    expect((await demo.api<Report>(`/reports/overview?${MARCH}`)).manifest.sha256).toBe(sha256);

    // CSV: a file a table, zipped, and one with the rows.
    const csv = unzipSync(readFileSync(await fetched(/^CSV/)));
    const text = (name: string) => strFromU8(csv[name] ?? new Uint8Array());
    expect(Object.keys(csv)).toEqual(expect.arrayContaining(['rows.csv', 'manifest.json', 'measures.csv']));
    expect(text('manifest.json')).toContain(sha256);
    expect(text('rows.csv').split('\r\n').length).toBeGreaterThan(all);
    expect(Object.keys(csv).some((name) => name.endsWith('funnel.csv'))).toBe(true);

    // XLSX: sheets, no formulas.
    const xlsx = unzipSync(readFileSync(await fetched(/^XLSX/)));
    const sheets = Object.keys(xlsx).filter((name) => /^xl\/worksheets\/sheet\d+\.xml$/.test(name));
    expect(sheets.length).toBeGreaterThan(5);
    for (const sheet of sheets) expect(strFromU8(xlsx[sheet]!)).not.toMatch(/<f[ >]/);
    expect(strFromU8(xlsx['xl/workbook.xml']!)).toContain('Rows');
    expect(Object.keys(xlsx).some((name) => name.startsWith('xl/charts/'))).toBe(true);

    // HTML: opened from the disk, without a network, without an error.
    const html = await fetched(/^HTML/);
    const errors: string[] = [];
    const asked: string[] = [];
    const alone = await browser.newContext({ offline: true });
    const paper = await alone.newPage();
    paper.on('console', (m) => m.type() === 'error' && errors.push(m.text()));
    paper.on('pageerror', (e) => errors.push(String(e)));
    paper.on(
      'request',
      (r) => !r.url().startsWith('file:') && !r.url().startsWith('data:') && asked.push(r.url()),
    );
    await paper.goto(`file://${html}`);
    await expect(paper.getByText(String(leads), { exact: true }).first()).toBeVisible();
    await expect(paper.getByText('New leads').first()).toBeVisible();
    expect(errors).toEqual([]);
    expect(asked).toEqual([]);
    await alone.close();

    // PDF: a header, and the figures in its text.
    const pdf = await fetched(/^PDF/);
    expect(readFileSync(pdf).subarray(0, 5).toString()).toBe('%PDF-');
    let words = '';
    try {
      words = execFileSync('pdftotext', ['-layout', pdf, '-'], { encoding: 'utf8' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    if (words) {
      expect(words).toContain(String(leads));
      expect(words).toContain(`$${Math.floor(revenue / 100).toLocaleString('en-US')}`);
      expect(words).toContain('Northgate Homes');
    }

    // They are listed, newest first.
    await page.goto(`${demo.ui}/#/reports/exports`);
    await expect(page.getByRole('heading', { name: 'Files and saved reports' })).toBeVisible();
    await expect(page.getByRole('button', { name: /^Download Overview, .*, PDF$/ }).first()).toBeVisible();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a timeline leaves masked or as it is', async ({ page, demo }) => {
  const lead = (await demo.leads()).find((l) => l.name && l.phones.length && l.calls > 1)!;
  await open(page, demo, `#/lead/${lead.id}`);
  await expect(page.locator('.entry').first()).toBeVisible();
  for (const masked of [false, true]) {
    await page.getByRole('button', { name: 'Export this timeline' }).click();
    const mask = page.getByRole('menuitemcheckbox', { name: 'Mask names, numbers and e-mails' });
    if ((await mask.getAttribute('aria-checked')) !== String(masked)) await mask.click();
    const came = page.waitForEvent('download', { timeout: 160_000 });
    await page.getByRole('menuitem', { name: /^HTML/ }).click();
    await take(page);
    const file = await came;
    const text = readFileSync(await file.path(), 'utf8');
    expect(text.includes(lead.name!)).toBe(!masked);
    if (masked) expect(file.suggestedFilename()).not.toContain(lead.name!);
    await page.getByRole('button', { name: 'Close message' }).first().click();
  }
});

test('news waits behind a hint while somebody reads', async ({ page, leadtrail, signIn }) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await page.clock.setFixedTime(new Date());
  await signIn('#/reports');
  await expect(page.getByText('Nobody was heard from in this period')).toBeVisible();
  await tell(leadtrail, source, callOf(KAYLAH, -60));
  await expect(page.locator('.kpi [data-figure="leads.new"]')).toHaveText('1', { timeout: 20_000 });
  // Reading: what is shown stays.
  await page.locator('.kpi [data-figure="leads.new"]').focus();
  await tell(leadtrail, source, callOf({ ...KAYLAH, name: 'Noor Haddad', phone: '+14045550133' }, -30));
  const hint = page.getByRole('button', { name: /new since/ });
  await expect(hint).toBeVisible({ timeout: 20_000 });
  await expect(page.locator('.kpi [data-figure="leads.new"]')).toHaveText('1');
  await hint.click();
  await expect(page.locator('.kpi [data-figure="leads.new"]')).toHaveText('2');
});

test('axe finds nothing, with popovers open too', async ({ page, demo }) => {
  test.setTimeout(240_000);
  await open(page, demo, `#/reports?${MARCH}`);
  await there(page);
  await clean(page);
  for (const name of [
    'Export',
    /Choose other dates$/,
    'All sources, all reps',
    'How is this counted? How fast we answer',
    /^As of/,
  ]) {
    await page.getByRole('button', { name, exact: true }).first().click();
    await expect(page.locator(':popover-open')).toHaveCount(1);
    await clean(page);
    await page.keyboard.press('Escape');
  }
  await page.goto(`${demo.ui}/#/reports?${MARCH}&figure=calls.in`);
  await expect(drawer(page).locator('[data-at]').first()).toBeVisible();
  await clean(page);
});
