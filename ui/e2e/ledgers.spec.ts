/** What the ledgers say beside their rows: chips that add up, and calls that say how they went and how long. */
import type { Locator } from '@playwright/test';
import type { Call, Delivery, Page } from '../src/lib/api/types';
import { callOf, KAYLAH, tell } from './people';
import { DEMO_NOW, expect, open, test } from './test';

const numberIn = async (of: Locator) => Number(/[\d,]+$/.exec(await of.innerText())?.[0].replace(/,/g, ''));

test('the chips of the deliveries add up, and each says what it counts', async ({ page, leadtrail }) => {
  const source = await leadtrail.add('callrail');
  await tell(leadtrail, source, callOf(KAYLAH));
  const kept = await leadtrail.api<Page<Delivery>>('/deliveries?limit=1');
  for (let n = 0; n < 3; n++)
    await fetch(`${leadtrail.hooks}/hooks/${'0'.repeat(40)}`, { method: 'POST', body: '{}' });
  const refused = () => leadtrail.api<{ counts: { rejected: number } }>('/status');
  await expect.poll(async () => (await refused()).counts.rejected, { timeout: 30_000 }).toBe(3);

  await open(page, leadtrail, '#/deliveries');
  const chips = page.getByRole('group', { name: 'State' }).getByRole('link');
  await expect(chips.filter({ hasText: 'Rejected' })).toHaveText(/3$/);
  const all = chips.filter({ hasText: 'All kept' });
  await expect(all).toHaveText(new RegExp(`${kept.total}$`));
  let sum = 0;
  for (const name of ['Processed', 'Duplicate', 'Repaired', 'Quarantined'])
    sum += await numberIn(chips.filter({ hasText: name }));
  expect(sum).toBe(await numberIn(all));
  for (const chip of await chips.all()) expect(await chip.getAttribute('title')).toMatch(/\w/);

  // What was refused is another thing than what was kept: the chip counts requests, a row stands for many of them.
  await chips.filter({ hasText: 'Rejected' }).click();
  await expect(page.locator('.lrow')).toHaveCount(1);
  await expect(page.getByText('3 requests were refused')).toBeVisible();
  // Of a source that refused nothing, nothing is said of refusing.
  await page.goto(`${leadtrail.ui}/#/deliveries?state=rejected&source=${source.id}`);
  await expect(page.getByText('Nothing rejected')).toBeVisible();
  await expect(page.getByText('were refused')).toHaveCount(0);
});

test('each call of the ledger says how it went and how long it was', async ({ page, demo }) => {
  await page.clock.setFixedTime(DEMO_NOW);
  const calls = await demo.api<Page<Call & { lead_id: number }>>('/calls?limit=30');
  await open(page, demo, '#/calls');
  const shown = page.locator('.lrow');
  await expect(shown.nth(11)).toBeVisible();
  const told = calls.items.slice(0, 12);
  expect(told.some((call) => call.duration_s === null)).toBe(true);
  expect(told.some((call) => call.state === 'completed' && call.answered)).toBe(true);
  for (const [n, call] of told.entries()) {
    await expect(shown.nth(n).locator('.word')).toHaveText(
      /answered$|completed$|oicemail$|^Missed$|no answer$|not connect$|^Hung up|Not told|Ringing/,
    );
    await expect(shown.nth(n).locator('.length')).toHaveText(
      call.duration_s === null ? /^–\s*length not told$/ : /^\d+:\d\d/,
    );
  }
});
