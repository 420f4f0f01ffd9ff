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

test('what vanishes with an import vanishes from every page that is open', async ({
  page,
  context,
  leadtrail,
  signIn,
  watched,
}) => {
  const bring = await brought(page, leadtrail);
  await signIn('#/deliveries/import');
  const id = /\d+$/.exec(await bring())![0];
  const other = (await leadtrail.leads()).find((l) => l.name === name(3))!;
  const at = async (where: string) => {
    const tab = await context.newPage();
    await tab.goto(`${leadtrail.ui}/${where}`);
    return tab;
  };
  const list = await at('#/leads');
  await expect(list.getByText(name(26)).first()).toBeVisible();
  const hits = await at('#/leads?q=gutters&in=words');
  await expect(hits.locator('.hitrow').first()).toBeVisible();
  const lead = await at(`#/leads/${other.id}`);
  await expect(lead.getByRole('heading', { name: name(3) })).toBeVisible();
  const calls = await at('#/calls');
  await expect(calls.getByText(name(26)).first()).toBeVisible();

  await leadtrail.api(`/imports/${id}/undo`, { method: 'POST', body: {} });

  await expect(list.locator('[data-lead]')).toHaveCount(1);
  await expect(list.getByText(KAYLAH.name).first()).toBeVisible();
  await expect(calls.getByText(/^Person/)).toHaveCount(0);
  await expect(calls.getByText(KAYLAH.name).first()).toBeVisible();
  await expect(lead.getByText(`${name(3)} is gone`)).toBeVisible();
  await expect(hits.getByText(/Person \d/)).toHaveCount(0);
  // The lead that was open is asked for once more, and the browser says that there is none.
  watched.errors = watched.errors.filter((text) => !/status of 404/.test(text));
});

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
