/** A lead belongs to the list it was opened from: opening, J and K, "n of m", Back and the focus follow it. */
import type { Page as ListPage, LeadRow, SearchHit } from '../src/lib/api/types';
import { callOf, JONAS, KAYLAH, PRIYA, tell } from './people';
import { expect, open, test } from './test';

test('the third of those who need me is the third of them, and the next is the fourth', async ({
  page,
  demo,
}) => {
  const needs = await demo.api<ListPage<LeadRow>>('/leads?needs=any&limit=10');
  const all = await demo.api<ListPage<LeadRow>>('/leads?limit=1');
  expect(needs.total).toBeGreaterThan(4);
  expect(needs.total).toBeLessThan(all.total!);
  const [, , third, fourth] = needs.items;
  const address = () => new URL(page.url()).hash;
  const beside = page.getByRole('region', { name: 'Lead', exact: true });
  await open(page, demo, '#/leads?view=needs');
  await expect(page.locator('[data-lead]').nth(3)).toBeVisible();
  await page.locator('[data-lead]').nth(2).focus();
  await page.keyboard.press('Enter');
  expect(address()).toBe(`#/lead/${third!.id}`);
  await expect(beside).toContainText(`3 of ${needs.total}`);

  await page.keyboard.press('j');
  expect(address()).toBe(`#/lead/${fourth!.id}`);
  await expect(beside).toContainText(`4 of ${needs.total}`);

  // It is still so when the page was loaded again.
  await page.reload();
  await expect(beside).toContainText(`4 of ${needs.total}`);
  await page.keyboard.press('k');
  await expect(page).toHaveURL(new RegExp(`#/lead/${third!.id}$`));
  await page.keyboard.press('j');
  await expect(page).toHaveURL(new RegExp(`#/lead/${fourth!.id}$`));

  // Back is that view, with the lead one had come to, and the focus on its row.
  await expect(page.getByRole('link', { name: 'Needs me', exact: true })).toBeVisible();
  await page.keyboard.press('Escape');
  expect(address()).toBe(`#/leads/${fourth!.id}?view=needs`);
  await expect(page.locator(`[data-lead="${fourth!.id}"]`)).toBeFocused();
  await expect(page.locator(`[data-lead="${fourth!.id}"]`)).toHaveAttribute('aria-current', 'true');
  await page.keyboard.press('k');
  await expect(page.locator(`[data-lead="${third!.id}"]`)).toBeFocused();

  // The browser's own Back as well.
  await page.keyboard.press('Enter');
  await expect(beside).toContainText(`3 of ${needs.total}`);
  await page.goBack();
  expect(address()).toBe(`#/leads/${third!.id}?view=needs`);
  await expect(page.locator(`[data-lead="${third!.id}"]`)).toBeFocused();
});

test('one pane at a time: the same list, and the same row', async ({ page, demo }) => {
  const booked = await demo.api<ListPage<LeadRow>>('/leads?outcome=booked&limit=20');
  const row = booked.items[12]!;
  await page.setViewportSize({ width: 900, height: 600 });
  await open(page, demo, '#/leads?view=booked');
  await expect(page.locator('[data-lead]').first()).toBeVisible();
  for (let n = 0; n < 13; n++) await page.keyboard.press('j');
  await expect(page.locator(`[data-lead="${row.id}"]`)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('.crumb')).toContainText(`13 of ${booked.total}`);
  await page.keyboard.press('j');
  await expect(page.locator('.crumb')).toContainText(`14 of ${booked.total}`);
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/#\/leads\?view=booked$/);
  await expect(page.locator(`[data-lead="${booked.items[13]!.id}"]`)).toBeFocused();
  await expect(page.locator(`[data-lead="${booked.items[13]!.id}"]`)).toBeInViewport();
});

test('a search and its hits are walked as they were found', async ({ page, leadtrail, signIn }) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  const words = 'The larch fence leans.';
  await tell(leadtrail, source, callOf({ ...KAYLAH, words }, -900));
  await tell(leadtrail, source, callOf({ ...KAYLAH, words: 'Is the larch in stock?' }, -800));
  await tell(leadtrail, source, callOf(PRIYA, -600));
  await tell(leadtrail, source, callOf({ ...JONAS, words: 'Larch or oak?' }, -300));
  const found = await leadtrail.api<{ items: SearchHit[] }>('/search?q=larch');
  const hits = found.items.filter((h) => h.kind !== 'person');
  expect(hits).toHaveLength(3);

  await signIn('#/leads');
  await page.keyboard.press('/');
  await page.keyboard.type('larch');
  const rows = page.locator('.hitrow');
  await expect(rows).toHaveCount(3);
  await rows.nth(1).focus();
  await page.keyboard.press('Enter');
  const crumb = page.locator('.crumb');
  await expect(crumb).toContainText('2 of 3 hits');
  expect(page.url()).toContain(encodeURIComponent(hits[1]!.entry!));
  // Two hits of one person are two.
  await page.keyboard.press('j');
  await expect(crumb).toContainText('3 of 3 hits');
  expect(page.url()).toContain(encodeURIComponent(hits[2]!.entry!));
  await page.keyboard.press('k');
  await page.keyboard.press('k');
  await expect(crumb).toContainText('1 of 3 hits');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(JONAS.name);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('searchbox', { name: 'Search leads' })).toHaveValue('larch');
  await expect(rows.first()).toBeFocused();
  await page.keyboard.press('j');
  await expect(rows.nth(1)).toBeFocused();
});

test('calls and the rows of a figure are lists as well', async ({ page, demo }) => {
  const calls = await demo.api<ListPage<{ id: string; lead_id?: number }>>('/calls?state=missed&limit=5');
  await open(page, demo, '#/calls?state=missed');
  await expect(page.locator('.lrow').nth(3)).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  const crumb = page.locator('.crumb');
  await expect(crumb).toContainText(/2 of \d+ calls/);
  await page.keyboard.press('j');
  await expect(crumb).toContainText(/3 of \d+ calls/);
  expect(page.url()).toContain(encodeURIComponent(calls.items[2]!.id));
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/#\/calls\?state=missed$/);
  await expect(page.locator('.lrow').nth(2)).toBeFocused();

  const figure = '#/reports?from=2026-03-01&to=2026-03-26&figure=calls.missed_really';
  await open(page, demo, figure);
  const rows = page.locator('.drawer [data-at]');
  await expect(rows.nth(2)).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(crumb).toContainText(/2 of \d+ rows/);
  await page.keyboard.press('j');
  await expect(crumb).toContainText(/3 of \d+ rows/);
  await page.keyboard.press('Escape');
  expect(new URL(page.url()).hash).toBe(figure);
  await expect(page.locator('.drawer [data-at="2"]')).toBeFocused();
});
