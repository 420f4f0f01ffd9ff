/** Coming into a room: the focus is where one goes on, and the list shows what there is. */
import type { Page } from '@playwright/test';
import type { ProviderSlug } from './leadtrail';
import { focused, hold } from './late';
import { callOf, JONAS, KAYLAH, PRIYA, tell, type Person } from './people';
import { expect, open, test } from './test';

const rail = (page: Page, room: string) =>
  page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: new RegExp(`^${room}`) });
const rows = (page: Page) => page.locator('[data-lead]');
const news = (page: Page) => page.getByRole('button', { name: /\bnew$/ });
const hash = (page: Page) => new URL(page.url()).hash;
const other = (n: number): Person => ({
  name: `Other ${n}`,
  phone: `+1404555${1200 + n}`,
  words: 'Gutters.',
});

test('the one question of the last step has the focus, and letters there go nowhere else', async ({
  page,
  leadtrail,
  signIn,
}) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(KAYLAH));
  await signIn('#/connect?provider=callrail');
  const field = page.getByRole('textbox', { name: 'What is your business called?' });
  // From the step before, and by its own address.
  const next = page.getByRole('link', { name: 'Continue' });
  if (await next.isVisible()) await next.click();
  else await open(page, leadtrail, '#/connect/last');
  await expect(field).toBeFocused();
  await page.reload();
  await expect(field).toBeFocused();
  await page.keyboard.type('Glow Painting');
  await expect(field).toHaveValue('Glow Painting');
  await page.keyboard.press('Enter');
  await expect
    .poll(async () => (await leadtrail.api<{ settings: { business_name: string } }>('/status')).settings)
    .toMatchObject({ business_name: 'Glow Painting' });

  // Nor do they where the focus is on the page itself: there is no lead on it.
  await page.evaluate(() => document.querySelector('main')?.focus());
  await page.keyboard.type('glow painting');
  expect(hash(page)).toBe('#/connect/last');
  const [lead] = await leadtrail.leads();
  expect(lead?.outcome).toBeNull();
});

test('a page that asks for a name begins in its field', async ({ page, leadtrail, signIn }) => {
  await leadtrail.add('callrail', { name: 'CallRail' });
  await signIn('#/reports/saved/new');
  await expect(page.getByRole('textbox', { name: 'Name' })).toBeFocused();
});

test('what a service was made into has the focus, whichever service', async ({ page, signIn }) => {
  await signIn('#/connect');
  const services: [ProviderSlug, string][] = [
    ['callrail', 'CallRail'],
    ['meera', 'Meera'],
    ['curious-thing', 'Curious Thing'],
    ['telmetrics', 'Telmetrics'],
    ['varda', 'Varda'],
  ];
  for (const [slug, name] of services) {
    await page.evaluate((to) => (location.hash = to), `#/connect?provider=${slug}`);
    await page.getByRole('button', { name: new RegExp(`^Make .* for ${name}$`) }).press('Enter');
    await expect(page.getByRole('heading', { level: 3, name: /^Copy (this|these) / })).toBeVisible();
    await expect(page.getByRole('heading', { level: 2, name, exact: true })).toBeFocused();
  }
  // Added beside others, it is its own page.
  await page.evaluate(() => (location.hash = '#/sources/new?provider=varda'));
  await page.getByRole('button', { name: 'Add and show addresses' }).press('Enter');
  await expect(page).toHaveURL(/#\/sources\/\d+$/);
  await expect(page.getByRole('heading', { level: 2, name: 'Varda 2' })).toBeFocused();
});

test('each step of an import has the focus when it comes', async ({ page, leadtrail, signIn }) => {
  await leadtrail.add('callrail');
  await signIn('#/deliveries/import');
  const csv = `Name,Phone Number,Start Time\nAda Quist,404 555 0171,2026-03-02 09:14\nBea Roth,404 555 0172,2026-03-02 10:02\n`;
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'desk.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await page.getByRole('button', { name: 'Show what it would do' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Import 2 rows' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'What it would do' })).toBeFocused();
  await page.getByRole('button', { name: 'Import 2 rows' }).press('Enter');
  await expect(page.getByRole('heading', { name: 'What became of 2 rows' })).toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name: 'desk.csv' })).toBeFocused();
});

test('the list of leads shows what there is by the time it is entered', async ({
  page,
  leadtrail,
  signIn,
}) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(KAYLAH, -900));
  await tell(leadtrail, source, callOf(JONAS, -600));
  await signIn('#/leads');
  await expect(rows(page)).toHaveCount(2);

  // Both ways in, from another room that has heard of them.
  let n = 0;
  for (const enter of [() => rail(page, 'Leads').click(), () => page.keyboard.type('gl')]) {
    await rail(page, 'Calls').click();
    const calls = page.locator('.lrow');
    await expect(calls).toHaveCount(2 + n);
    for (let more = 0; more < 3; more++) await tell(leadtrail, source, callOf(other(n++), -300 + n));
    await expect(calls).toHaveCount(2 + n);
    await enter();
    await expect(rows(page)).toHaveCount(2 + n);
    await expect(news(page)).toHaveCount(0);
  }
  // Where it is entered before it has heard of them.
  await rail(page, 'Settings').click();
  const deaf = await hold(page, (url) => url.pathname === '/api/changes');
  await tell(leadtrail, source, callOf(other(n++), -210));
  await deaf.asked;
  await tell(leadtrail, source, callOf(other(n++), -200));
  await rail(page, 'Leads').click();
  await expect(rows(page)).toHaveCount(2 + n);
  await deaf.release();
  await expect(page.locator('.list-head')).toContainText(String(2 + n));
  await expect(news(page)).toHaveCount(0);

  // Within it, what is new waits behind a count that stands on no row, also over a look at one lead.
  await tell(leadtrail, source, callOf(PRIYA, -100));
  await expect(news(page)).toBeVisible();
  expect(await rows(page).count()).toBe(2 + n);
  const pill = (await news(page).boundingBox())!;
  const first = (await rows(page).first().boundingBox())!;
  expect(pill.y + pill.height).toBeLessThanOrEqual(first.y + 1);
  await rows(page).nth(1).focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/lead\/\d+/);
  await page.keyboard.press('Escape');
  await expect(rows(page).nth(1)).toBeFocused();
  await expect(news(page)).toHaveText(/1 new/);
  await news(page).click();
  await expect(rows(page)).toHaveCount(3 + n);
  await expect(rows(page).first()).toContainText(PRIYA.name);
});

test('Calls and Deliveries show what there is by the time they are entered', async ({
  page,
  leadtrail,
  signIn,
}) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(KAYLAH, -900));
  await signIn('#/calls');
  let n = 1;
  await expect(page.locator('.lrow')).toHaveCount(n);
  for (const room of ['Deliveries', 'Calls', 'Deliveries']) {
    await rail(page, 'Settings').click();
    await tell(leadtrail, source, callOf(other(n++), -100));
    await rail(page, room).click();
    await expect(page.locator('.lrow')).toHaveCount(n);
    await expect(news(page)).toHaveCount(0);
  }
});

test('the number of those who booked follows each outcome', async ({ page, leadtrail, signIn }) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  for (const [i, who] of [KAYLAH, JONAS, PRIYA].entries())
    await tell(leadtrail, source, callOf(who, -900 + i * 100));
  await signIn('#/leads');
  await expect(rows(page)).toHaveCount(3);
  const booked = page.getByRole('group', { name: 'Saved views' }).getByRole('link', { name: /^Booked/ });
  const beside = page.getByRole('region', { name: 'Lead', exact: true });
  await page.keyboard.press('j');
  await expect(beside.getByRole('heading', { level: 2 }).first()).toHaveText(/\S/);
  await page.keyboard.press('o');
  await page.keyboard.press('b');
  await expect(booked).toHaveText(/^Booked 1$/);
  await page.keyboard.press('j');
  await page.keyboard.press('o');
  await page.keyboard.press('b');
  await expect(booked).toHaveText(/^Booked 2$/);
  await page.keyboard.press('Control+z');
  await expect(booked).toHaveText(/^Booked 1$/);
});

test('one pane at a time, sources are stepped through, opened and come back to', async ({
  page,
  leadtrail,
  signIn,
}) => {
  const ids: number[] = [];
  for (const slug of ['callrail', 'meera', 'varda'] as const) ids.push((await leadtrail.add(slug)).id);
  await page.setViewportSize({ width: 900, height: 600 });
  await signIn('#/settings');
  await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
  await page.keyboard.type('gs');
  const row = page.locator('.srow');
  await expect(row).toHaveCount(3);
  await page.keyboard.press('j');
  await expect(row.nth(0)).toBeFocused();
  await page.keyboard.press('j');
  await expect(row.nth(1)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`#/sources/${ids[1]}$`));
  await expect(page.getByRole('heading', { level: 2, name: 'meera' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(row.nth(1)).toBeFocused();
  await page.keyboard.press('j');
  await expect(row.nth(2)).toBeFocused();
  await page.keyboard.press('k');
  await page.keyboard.press('k');
  await page.keyboard.press('k');
  await expect(row.nth(0)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 2, name: 'callrail' })).toBeFocused();
  await page.goBack();
  await expect(row.nth(0)).toBeFocused();
});

test('beside the list, the source that is open has the focus', async ({ page, leadtrail, signIn }) => {
  const ids: number[] = [];
  for (const slug of ['callrail', 'meera', 'varda'] as const) ids.push((await leadtrail.add(slug)).id);
  await signIn('#/sources');
  const row = page.locator('.srow');
  await expect(row.nth(0)).toHaveAttribute('aria-current', 'true');
  await page.keyboard.press('j');
  await expect(row.nth(1)).toBeFocused();
  await expect(row.nth(1)).toHaveAttribute('aria-current', 'true');
  await page.keyboard.type('gs');
  await expect(page.locator('.srow[aria-current]')).toBeFocused();
  await page.keyboard.press('j');
  await expect(page.locator('.srow[aria-current]')).toBeFocused();
  expect(await focused(page)).not.toMatch(/^(body|main)/);
});
