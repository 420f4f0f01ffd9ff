/** Files that were made and reports that are saved: made, fetched, called off, deleted, changed, and made by themselves. */
import { readFile } from 'node:fs/promises';
import type { ExportFile, SavedReport } from '../src/lib/api/exports';
import type { Leadtrail } from './leadtrail';
import { callOf, JONAS, KAYLAH, tell } from './people';
import { clean, expect, test } from './test';

const saved = async (leadtrail: Leadtrail) =>
  (await leadtrail.api<{ items: SavedReport[] }>('/saved-reports')).items;
const files = async (leadtrail: Leadtrail) =>
  (await leadtrail.api<{ items: ExportFile[] }>('/exports')).items;

test('a report is saved, made, fetched and deleted, without a mouse where it can be', async ({
  page,
  leadtrail,
  signIn,
}) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(KAYLAH));
  await tell(leadtrail, source, callOf(JONAS));
  await signIn('#/reports/exports');
  await expect(page.getByRole('heading', { level: 1, name: 'Files and saved reports' })).toBeVisible();
  await expect(page.getByText('No file was made yet')).toBeVisible();
  await clean(page);

  // What the Reports page showed is what is saved: the range, not the days.
  await page.getByRole('link', { name: 'Save a report' }).press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Save this report' })).toBeVisible();
  const name = page.getByLabel('Name', { exact: true });
  await expect(name).toHaveAttribute('placeholder', 'Overview, last month');
  await page.getByRole('radio', { name: 'JSON' }).press('Space');
  await page.getByRole('switch', { name: 'Make it by itself' }).press('Space');
  await expect(
    page.getByRole('status').filter({ hasText: 'On the 1st of each month at 7:00 am' }),
  ).toBeVisible();
  await page.getByLabel('How often').selectOption('weekly');
  // How often it is made offers what is over by then; what is chosen after that stays.
  await expect(page.getByLabel('Period')).toHaveValue('last_week');
  await page.getByLabel('Period').selectOption('this_month');
  await page.getByLabel('Day', { exact: true }).selectOption('Friday');
  await page.getByLabel('At', { exact: true }).fill('25');
  await page.getByRole('button', { name: 'Save the report' }).press('Enter');
  await expect(page.locator('.hint.err')).toHaveText('Type a time like 07:00.');
  await expect(page.getByLabel('At', { exact: true })).toBeFocused();
  await clean(page);
  await page.getByLabel('At', { exact: true }).fill('18:30');
  await page.getByRole('button', { name: 'Save the report' }).press('Enter');

  const rows = page.getByRole('list', { name: 'Saved reports' }).getByRole('listitem');
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText('Weekly overview');
  await expect(rows.first()).toContainText('Every Friday at 6:30 pm, next ');
  expect(await saved(leadtrail)).toMatchObject([
    {
      name: 'Weekly overview',
      report: 'overview',
      format: 'json',
      range: 'this_month',
      schedule: { every: 'weekly', weekday: 5, at: '18:30', on: true },
    },
  ]);

  // Made now: the file is listed, and holds what the page would show.
  await page.getByRole('button', { name: 'Make now Weekly overview' }).press('Enter');
  const made = page.getByRole('list', { name: 'Files, newest first' }).getByRole('listitem');
  const link = made.first().getByRole('button', { name: /^Download/ });
  await expect(link).toBeVisible();
  const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
  expect(file.suggestedFilename()).toMatch(/overview.*\.json$/);
  const report = JSON.parse(await readFile(await file.path(), 'utf8')) as {
    manifest: { period: { from: string }; sha256: string };
  };
  expect(report.manifest.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(report.manifest.period.from).toMatch(/-01$/);
  await clean(page);

  // Switched off and on again, changed, deleted: each can be undone.
  const turned = rows.first().getByRole('switch', { name: 'Make Weekly overview by itself' });
  await turned.press('Space');
  await expect(turned).toHaveAttribute('aria-checked', 'false');
  await page.keyboard.press('Control+z');
  await expect(turned).toHaveAttribute('aria-checked', 'true');
  await page.getByRole('link', { name: 'Change Weekly overview' }).press('Enter');
  await expect(page.getByLabel('Day', { exact: true })).toHaveValue('5');
  await name.fill('For the office');
  await page.getByRole('switch', { name: 'Make it by itself' }).press('Space');
  await page.getByRole('button', { name: 'Save the changes' }).press('Enter');
  await expect(rows.first()).toContainText('For the office');
  await expect(rows.first()).toContainText('Made by hand');
  await page.getByRole('button', { name: 'Delete For the office' }).press('Enter');
  await expect(page.getByText('No report is saved yet')).toBeVisible();
  await page.keyboard.press('Control+z');
  await expect(rows.first()).toContainText('For the office');

  // A file goes after a word of warning in its place; Esc leaves it.
  const bin = made.first().getByRole('button', { name: /^Delete/ });
  await bin.press('Enter');
  await page.keyboard.press('Escape');
  await expect(bin).toBeFocused();
  expect(await files(leadtrail)).toHaveLength(1);
  await bin.press('Enter');
  await page.getByRole('button', { name: 'Delete it' }).press('Enter');
  await expect(page.getByText('No file was made yet')).toBeVisible();
  expect(await files(leadtrail)).toEqual([]);
});

test('what cannot be made says why', async ({ page, leadtrail, signIn, watched }) => {
  await leadtrail.add('callrail', { name: 'CallRail' });
  await signIn('#/reports/saved/new?from=2026-02-03&to=2026-02-05&compare=none&tag=hot');
  await expect(page.getByLabel('First day')).toHaveValue('2026-02-03');
  await expect(page.getByLabel('Compared with')).toHaveValue('none');
  await page.getByRole('button', { name: 'Without the filter Tag hot' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Nowhere to put it');
  await page.getByRole('switch', { name: 'Make it by itself' }).click();
  await page.getByLabel('Folder').fill('not/a/whole/path');
  await page.getByRole('button', { name: 'Save the report' }).click();
  await expect(page.getByRole('alert').filter({ hasText: /path|folder/i })).toBeVisible();
  expect(await saved(leadtrail)).toEqual([]);
  await page.getByLabel('Last day').fill('2026-02-01');
  await page.getByRole('button', { name: 'Save the report' }).click();
  await expect(page.getByText('The last day comes before the first.')).toBeVisible();
  await page.goto(`${leadtrail.ui}/#/reports/saved/4711`);
  await expect(page.getByText('There is no such saved report')).toBeVisible();
  watched.errors = watched.errors.filter((text) => !/status of 422/.test(text));
});
