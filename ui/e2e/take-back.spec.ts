/** Before an import is taken back, what people wrote on its leads is named and asked about. */
import type { Page as Tab } from '@playwright/test';
import type { Leadtrail } from './leadtrail';
import { callOf, KAYLAH, tell } from './people';
import { clean, expect, test } from './test';

const HEADER =
  'Call Status,Company Name,Company ID,Number Name,Tracking Number,Name,Phone Number,Email,First-Time Caller,City,State,Country,Agent Name,Source,Duration (seconds),Start Time,Keywords,Medium,Campaign,Value,Tags,Qualified,Destination Number,Recording Url,Note';
const MANY = 40;
const name = (n: number) => `Person ${String(n).padStart(2, '0')}`;
const row = (n: number) =>
  `Answered Call,Northgate,COM1,Main,+14045550100,${name(n)},404555${String(1000 + n)},,Yes,Atlanta,GA,US,,Google,60,2026-02-${String(1 + (n % 27)).padStart(2, '0')} 09:${String(n).padStart(2, '0')}:00,,,,,,,+14045550101,,Speaks of gutters`;

/** Brings in a call log of people nobody else told of; answers its page. */
async function brought(page: Tab, leadtrail: Leadtrail) {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(KAYLAH));
  return async () => {
    const csv = [HEADER, ...Array.from({ length: MANY }, (_, n) => row(n))].join('\n');
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'calls.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
    await page.getByRole('button', { name: 'Show what it would do' }).click();
    await page.getByRole('button', { name: `Import ${MANY} rows` }).click();
    await expect(page.getByRole('heading', { name: `What became of ${MANY} rows` })).toBeVisible();
    return page.url();
  };
}
test('what people wrote on leads of a file is named before it is taken back, and goes only when they say so', async ({
  page,
  leadtrail,
  signIn,
}) => {
  const bring = await brought(page, leadtrail);
  await signIn('#/deliveries/import');
  await bring();
  const other = (await leadtrail.leads()).find((l) => l.name === name(3))!;
  for (const body of [
    { type: 'note', text: 'Wants a new roof', by: 'Ann' },
    { type: 'outcome', outcome: 'quoted' },
  ])
    await leadtrail.api(`/leads/${other.id}/actions`, { method: 'POST', body });

  await page.getByRole('button', { name: 'Take the import back' }).click();
  const ask = page.getByRole('region', { name: '2 entries of yours would go with it' });
  await expect(ask.getByRole('heading')).toBeFocused();
  await expect(ask.getByText('Note: Wants a new roof')).toBeVisible();
  await expect(ask.getByText('Outcome: Quoted')).toBeVisible();
  await clean(page);
  await ask.getByRole('button', { name: 'Keep the import' }).click();
  await expect(ask).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Take the import back' })).toBeFocused();
  expect(await leadtrail.leads()).toHaveLength(MANY + 1);

  // The Undo of the message that said it was imported asks just the same.
  await page.keyboard.press('Control+z');
  await expect(ask.getByText('Note: Wants a new roof')).toBeVisible();
  await ask.getByRole('button', { name: 'Take back with these 2 entries' }).click();
  await expect(
    page.getByText('Everything it added or changed was taken back.', { exact: false }),
  ).toBeVisible();
  expect((await leadtrail.leads()).map((l) => l.name)).toEqual([KAYLAH.name]);
});
