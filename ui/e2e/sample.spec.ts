/** Looking around with sample data: every room, and what each of them opens. */
import type { Page as Tab } from '@playwright/test';
import { expect, test } from './test';

const rail = (page: Tab, room: string) =>
  page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: new RegExp(`^${room}`) });

test('every room of the sample opens, and what is in it', async ({ page, signIn }) => {
  test.setTimeout(180_000);
  const missing: string[] = [];
  page.on('response', (answer) => {
    const { pathname } = new URL(answer.url());
    if (answer.status() >= 400) missing.push(`${answer.status()} ${pathname}`);
  });
  await signIn();
  await page.getByRole('button', { name: 'Look around with sample data' }).click();
  await expect(page.getByRole('complementary', { name: 'Sample data' })).toBeVisible({ timeout: 90_000 });

  // A lead, beside the list and on its own.
  await rail(page, 'Leads').click();
  await page.locator('[data-lead]').nth(2).click();
  await expect(page.locator('.entry').first()).toBeVisible();
  const { hash } = new URL(page.url());
  await page.goto(`${new URL(page.url()).origin}/${hash.replace('#/leads/', '#/lead/')}`);
  await expect(page.locator('.entry').first()).toBeVisible();

  await rail(page, 'Calls').click();
  await page.locator('a[href^="#/lead"]').first().click();
  await expect(page.locator('.entry').first()).toBeVisible();

  // A figure, and the rows behind it.
  await rail(page, 'Reports').click();
  // The sample goes to yesterday: on the first of a month, or of a quarter, that has nothing.
  await page.getByRole('group', { name: 'Period' }).getByRole('button', { name: 'Year' }).click();
  await page.locator('.kpi [data-figure="leads.new"]').click();
  await expect(page.locator('.drawer [data-at]').first()).toBeVisible();
  await page.keyboard.press('Escape');

  // A delivery as it came.
  await rail(page, 'Deliveries').click();
  await page.locator('.lrow').first().click();
  await expect(page.getByText('Signature', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'Gaps' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Gaps' })).toBeVisible();

  // A source and its addresses.
  await rail(page, 'Sources').click();
  await page.locator('a[href^="#/sources/"]').nth(1).click();
  await expect(page.getByText('Details', { exact: true }).first()).toBeVisible();

  await rail(page, 'Settings').click();
  for (const name of ['Business', 'Reaching this machine', 'Backups', 'Erasing', 'Health']) {
    await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name }).click();
    await expect(
      page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name }),
    ).toHaveAttribute('aria-current', 'page');
  }
  expect(missing, 'asked for and not there').toEqual([]);
});
