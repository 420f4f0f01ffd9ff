import { json, stamp, type Json } from './leadtrail';
import { clean, expect, test } from './test';

/** A call CallRail tells of when it is over, some seconds ago. */
function call(seconds: number, change: Record<string, Json> = {}): Record<string, Json> {
  const at = stamp(-seconds);
  return {
    ...json('callrail', 'ours-post_call-answered.json'),
    start_time: at,
    created_at: at,
    timestamp: at,
    datetime: '',
    ...change,
  };
}

const known = call(3600, {
  customer_name: 'Kaylah Mills',
  callername: 'Kaylah Mills',
  customer_phone_number: '+19495550173',
  callernum: '+19495550173',
});

test('a time nobody listened is a gap, until somebody says what it was', async ({
  page,
  leadtrail,
  signIn,
}) => {
  const source = await leadtrail.add('callrail', { name: 'Front desk' });
  const sent = await leadtrail.send(source.urls.post_call, known);
  expect(sent.body.status).toBe('accepted');
  await leadtrail.pause(2500);
  await signIn('#/deliveries');

  // Between the rows, in the rail, and in the list.
  const band = page.locator('.band');
  await expect(band).toContainText(/Leadtrail (was )?closed/);
  await expect(band).toContainText('CallRail does not resend.');
  await expect(page.getByRole('link', { name: /^Deliveries/ })).toContainText('1 open gap');
  await page.getByRole('link', { name: /^Gaps/ }).click();
  const card = page.locator('.gapcard');
  await expect(card).toHaveCount(1);
  await expect(card).toContainText('Does not resend');

  await clean(page);

  // On the timeline it touches, too.
  const lead = (await leadtrail.leads())[0]!;
  await page.goto(`${leadtrail.ui}/#/lead/${lead.id}`);
  await expect(page.getByRole('note')).toContainText('CallRail does not resend.');
  await expect(page.getByRole('note').getByRole('link', { name: 'Import the missing calls' })).toBeVisible();
  await clean(page);

  // Closing it wants a reason, and can be undone.
  await page.goto(`${leadtrail.ui}/#/deliveries/gaps`);
  await card.getByRole('button', { name: 'Close…' }).click();
  await expect(page.getByRole('textbox', { name: 'Why nothing is missing' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Say why first.')).toBeVisible();
  await clean(page);
  await page.keyboard.type('The shop was closed');
  await page.keyboard.press('Enter');
  await expect(page.getByText('“The shop was closed”')).toBeVisible();
  await expect(page.getByText('All closed')).toBeVisible();
  expect((await leadtrail.api<{ open_gaps: number }>('/status')).open_gaps).toBe(0);
  await page.getByRole('button', { name: /^Undo/ }).click();
  await expect(page.getByText('1 open gap', { exact: true }).first()).toBeVisible();
  await card.getByRole('button', { name: 'Close…' }).click();
  await page.keyboard.type('Nobody called');
  await page.keyboard.press('Enter');
  await expect(card.getByRole('button', { name: 'Open again' })).toBeVisible();
  await card.getByRole('button', { name: 'Open again' }).click();
  await expect(card.getByRole('button', { name: 'Close…' })).toBeVisible();
});

test('what was missed is imported, and the gap is closed', async ({ page, leadtrail, signIn }) => {
  const source = await leadtrail.add('callrail');
  await leadtrail.send(source.urls.post_call, known);
  await leadtrail.pause(3500);

  // The gap leads to the import, which knows what it is for.
  await signIn('#/deliveries/gaps');
  await page.getByRole('link', { name: 'Import the missing calls' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Import' })).toBeVisible();
  await expect(page.getByText('For the gap')).toBeVisible();

  // An export of the call log: one call that is here already, two that were missed, one row nobody can read.
  const [missed] = (await leadtrail.api<{ items: { from: string }[] }>('/gaps')).items;
  const within = Math.ceil(Date.parse(missed!.from) / 1000) * 1000;
  const day = (seconds: number) => new Date(within + seconds * 1000).toISOString().slice(0, 19) + 'Z';
  const began = String(known['start_time']).replace(/\.\d+-00:00$/, 'Z');
  const csv = [
    'Call Status,Tracking Number,Start Time,Duration (seconds),Name,Phone Number,Source',
    `Answered Call,${String(known['tracking_phone_number'])},${began},245,Kaylah Mills,+19495550173,Google Ads`,
    `Missed Call,${String(known['tracking_phone_number'])},${day(0)},0,Nia Osei,+14045550161,Google Ads`,
    `Answered Call,${String(known['tracking_phone_number'])},${day(1)},31,Ole Berg,+14045550162,Direct`,
    `Answered Call,${String(known['tracking_phone_number'])},no time at all,31,Una Lost,+14045550163,Direct`,
  ].join('\n');
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'calls <b>.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await expect(page.getByRole('heading', { level: 1, name: 'calls <b>.csv' })).toBeVisible();
  await expect(page.getByText('It closes the gap')).toBeVisible();
  await expect(page.getByLabel('From')).toHaveValue(String(source.id));

  // First what it would do; nothing has changed by then.
  await page.getByRole('button', { name: 'Show what it would do' }).click();
  await expect(page.getByText('This would add 2 leads', { exact: false })).toBeVisible();
  await expect(page.getByText('1 row would be left out')).toBeVisible();
  expect(await leadtrail.leads()).toHaveLength(1);
  await clean(page);

  await page.getByRole('button', { name: 'Import 3 rows' }).click();
  await expect(page.getByRole('heading', { name: 'What became of 4 rows' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Skipped 1' })).toHaveAttribute('aria-pressed', 'true');
  await page.getByRole('button', { name: 'New 2' }).click();
  await expect(page.getByRole('link', { name: /Show on the timeline/ })).toHaveCount(2);
  await clean(page);
  expect((await leadtrail.leads()).map((l) => l.name).sort()).toEqual([
    'Kaylah Mills',
    'Nia Osei',
    'Ole Berg',
  ]);
  const [gap] = (await leadtrail.api<{ items: { open: boolean }[] }>('/gaps')).items;
  expect(gap).toMatchObject({ open: false });
  await page.goto(`${leadtrail.ui}/#/deliveries/gaps`);
  await expect(page.getByText('Imported', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'Show the import' }).click();

  // One step takes all of it back, and the gap is open again.
  await page.getByRole('button', { name: 'Take the import back' }).click();
  await expect(page.getByText('The timelines are as they were before.', { exact: false })).toBeVisible();
  expect((await leadtrail.leads()).map((l) => l.name)).toEqual(['Kaylah Mills']);
  expect((await leadtrail.api<{ open_gaps: number }>('/status')).open_gaps).toBe(1);
});

test('a list of somebody’s own: columns by hand, kept for the next time', async ({
  page,
  leadtrail,
  signIn,
}) => {
  await leadtrail.add('callrail');
  await signIn('#/deliveries/import');
  const csv =
    'who,number,when\nAda Quist,404 555 0171,2026-03-02 09:14\nBea Roth,404 555 0172,2026-03-02 10:02\n';
  const file = { name: 'desk.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) };
  await page.locator('input[type=file]').setInputFiles(file);
  await expect(page.getByText('No column is named yet for', { exact: false })).toBeVisible();
  const choose = (column: string, field: string) =>
    page.getByLabel(`${column} becomes`).selectOption({ value: field });
  await choose('who', 'name');
  await choose('number', 'phone');
  await choose('when', 'at');
  await expect(page.getByText('No column is named yet for')).toHaveCount(0);
  await page.getByRole('button', { name: 'Save…' }).click();
  await page.keyboard.type('Front desk sheet');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Mapping “Front desk sheet” saved').first()).toBeVisible();
  await page.getByRole('button', { name: 'Show what it would do' }).click();
  await expect(page.getByText('This would add 2 leads.')).toBeVisible();
  await page.getByRole('button', { name: 'Remove this file' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Import' })).toBeVisible();

  await page.locator('input[type=file]').setInputFiles(file);
  await page.getByRole('button', { name: 'Use a saved one' }).click();
  await page.getByRole('button', { name: 'Front desk sheet', exact: true }).click();
  await page.getByRole('button', { name: 'Show what it would do' }).click();
  await expect(page.getByText('This would add 2 leads.')).toBeVisible();
  expect(await leadtrail.leads()).toEqual([]);
});
