/** Files the program made, opened from disk: they draw themselves, ask nobody, and every figure opens its rows. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from '@playwright/test';
import { clean, DEMO_DAY, DEMO_NOW, expect, open, test } from './test';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const program = resolve(process.env.LEADTRAIL_BIN ?? join(root, 'target/debug/leadtrail'));
const folder = mkdtempSync(join(tmpdir(), 'leadtrail-files-'));
const PERIOD = ['--from', '2026-03-01', '--to', DEMO_DAY, '--tz', 'America/New_York'];

test.afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

/** A context of its own that has no network at all, and what went wrong in it. */
async function fromDisk(browser: Browser, file: string, run: (page: Page) => Promise<void>) {
  const context = await browser.newContext({ offline: true, viewport: { width: 1280, height: 800 } });
  const wrong: string[] = [];
  const page = await context.newPage();
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => wrong.push(message.text()));
  page.on('dialog', (dialog) => wrong.push(dialog.message()));
  page.on('request', (request) => {
    if (request.url() !== pathToFileURL(file).href) wrong.push(request.url());
  });
  await page.goto(pathToFileURL(file).href);
  await run(page);
  await context.close();
  expect(wrong).toEqual([]);
}

function exported(data: string, what: string, name: string, ...more: string[]): string {
  const file = join(folder, name);
  execFileSync(program, ['export', what, '--data', data, '--format', 'html', '-o', file, ...more], {
    stdio: 'pipe',
  });
  return file;
}

test('a report opens from disk, and each of its figures opens exactly its rows', async ({
  browser,
  demo,
}) => {
  test.setTimeout(240_000);
  const file = exported(demo.folder, 'report', 'report.html', '--name', 'overview', ...PERIOD);
  expect(readFileSync(file, 'utf8')).not.toContain('https://');
  await fromDisk(browser, file, async (page) => {
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Overview');
    await page.evaluate(() => document.querySelectorAll('details').forEach((one) => (one.open = true)));
    const figures = page.locator('#main [data-figure]');
    expect(await figures.count()).toBeGreaterThan(300);
    // All of them by the page's own way of opening, without the drawing.
    const wrong = await figures.evaluateAll((buttons) =>
      buttons.flatMap((button) => {
        const { figure, rows } = (button as HTMLElement).dataset;
        const found = (globalThis as unknown as { rowsBehind: (f: string) => unknown[] }).rowsBehind(
          figure!,
        ).length;
        return found === Number(rows) ? [] : [`${figure}: ${rows}, and ${found} rows`];
      }),
    );
    expect(wrong).toEqual([]);
    // One by hand.
    const leads = page.getByRole('button', { name: /New leads/ }).first();
    const count = Number(await leads.getAttribute('data-rows'));
    await leads.click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('heading')).toHaveText('New leads');
    await expect(dialog.locator('[data-total]')).toHaveAttribute('data-total', String(count));
    while (await dialog.getByRole('button', { name: /^Show/ }).count()) {
      await dialog.getByRole('button', { name: /^Show/ }).click();
    }
    await expect(dialog.locator('tbody tr')).toHaveCount(count);
    await dialog.getByRole('button', { name: 'Name' }).click();
    await expect(dialog.locator('th[aria-sort]')).toHaveText(/^Name/);
    await dialog.getByRole('searchbox').fill('no row says this');
    await expect(dialog.getByText('No row has these words.')).toBeVisible();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(leads).toBeFocused();
    await clean(page);
  });
});

test('the hours of the week are the same in the window and in the file', async ({ page, browser, demo }) => {
  const grid = (of: Page) =>
    of.locator('table.heat').evaluate((table) => ({
      hours: [...table.querySelectorAll('thead th')].map((th) => th.textContent?.trim()),
      // Each by what it is called to those who listen.
      calls: [...table.querySelectorAll('td [data-figure]')]
        .map((cell) => cell.getAttribute('aria-label') ?? '')
        .filter((name) => !/: 0 calls$/.test(name)),
    }));
  await page.clock.setFixedTime(DEMO_NOW);
  await open(page, demo, `#/reports?from=2026-03-01&to=${DEMO_DAY}&tz=America/New_York`);
  await expect(page.locator('table.heat a').first()).toBeVisible();
  const shown = await grid(page);
  expect(shown.calls.length).toBeGreaterThan(20);
  const file = exported(demo.folder, 'report', 'hours.html', '--name', 'overview', ...PERIOD);
  await fromDisk(browser, file, async (paper) => expect(await grid(paper)).toEqual(shown));
});

test('a timeline opens from disk, and the redacted one names nobody', async ({ browser, demo }) => {
  const { items } = await demo.api<{ items: { id: number; name: string | null; phones: string[] }[] }>(
    '/leads?limit=50',
  );
  const lead = items.find((one) => one.name && one.phones.length)!;
  for (const redacted of [false, true]) {
    const more = ['--lead', String(lead.id), ...(redacted ? ['--redacted'] : [])];
    const file = exported(demo.folder, 'timeline', `timeline-${redacted}.html`, ...more);
    await fromDisk(browser, file, async (page) => {
      const heading = page.getByRole('heading', { level: 1 });
      await expect(heading).toHaveText(redacted ? 'Timeline, redacted' : lead.name!);
      const text = (await page.locator('body').innerText()).toLowerCase();
      if (redacted) expect(text).not.toContain(lead.name!.toLowerCase());
      expect(text).toContain('recordings are not part of this file');
      await clean(page);
    });
  }
});
