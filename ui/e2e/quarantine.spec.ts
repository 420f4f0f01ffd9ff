import type { ChangedSource, Source } from '../src/lib/api/types';
import { json, signature, stamp } from './leadtrail';
import { clean, expect, test } from './test';

test('a signature that does not fit waits, and is placed once the key is right', async ({
  page,
  leadtrail,
  signIn,
}) => {
  const source = await leadtrail.add('callrail', { signing_key: 'the key of last year' });
  const now = stamp(-300);
  const raw = JSON.stringify({
    ...json('callrail', 'ours-post_call-answered.json'),
    start_time: now,
    created_at: now,
    timestamp: now,
    datetime: '',
    customer_name: 'Kaylah Mills',
    callername: 'Kaylah Mills',
  });
  const right = 'the key of this year';
  const answer = await leadtrail.send(source.urls.post_call, raw, {
    headers: signature('callrail', right, raw),
  });
  expect(answer).toMatchObject({ status: 202, body: { status: 'quarantined' } });
  const unsigned = await leadtrail.send(source.urls.post_call, raw.replace('Kaylah', 'Forged'));
  expect(unsigned).toMatchObject({ status: 202, body: { status: 'quarantined' } });

  // On no timeline.
  await signIn('#/leads');
  await expect(page.getByText('Listening for your first lead')).toBeVisible();

  // In the ledger, with the reason in plain words and the body as it came.
  await page.goto(`${leadtrail.ui}/#/deliveries/${answer.body.delivery}`);
  await expect(page.getByRole('heading', { name: /Signed with a key we do not know/ })).toBeVisible();
  await expect(
    page.getByText('Nobody can be sure who sent it, so it is on no timeline.', { exact: false }),
  ).toBeVisible();
  await expect(page.getByText('Not verified')).toBeVisible();
  await expect(page.getByText('Kaylah Mills').first()).toBeVisible();

  // The last good one and the key are beside it: there is none yet.
  await expect(page.getByRole('heading', { name: 'The sender' })).toBeVisible();
  await expect(page.getByText('none yet')).toBeVisible();
  await expect(page.getByText('2 deliveries in quarantine')).toBeVisible();

  // A wrong key would change nothing; the right one says what it would do before it is saved.
  const field = page.getByRole('textbox', { name: 'The key it signs with now' });
  await field.fill('not it either');
  await expect(page.getByText('A replay now would change nothing.')).toBeVisible();
  await field.fill(right);
  await expect(page.getByText('This would add 1 entry to')).toContainText('Kaylah Mills, a new lead');
  expect((await leadtrail.api<{ items: Source[] }>('/sources')).items[0]?.signing_keys).toHaveLength(1);
  expect(await leadtrail.leads()).toEqual([]);
  await page.getByRole('button', { name: 'Save and replay' }).click();
  await expect(page.getByText('Key saved. Added 1 entry', { exact: false }).first()).toBeAttached();
  await expect(page.getByRole('link', { name: /Kaylah Mills/ }).first()).toBeVisible();

  // Taken back it waits again, though the key fits by now: one press replays it.
  await page.getByRole('button', { name: /^Undo/ }).click();
  await expect(page.getByRole('heading', { name: 'Mend and replay' })).toBeVisible();
  expect(await leadtrail.leads()).toEqual([]);
  await page.getByRole('button', { name: 'Replay', exact: true }).click();
  await expect(page.getByText('It is on the timeline', { exact: false })).toBeVisible();

  // What somebody wrote on the lead since is named before the replay is taken back, and asked about each time.
  const [placed] = await leadtrail.leads();
  const note = { type: 'note', text: 'Rang back at noon', by: 'Ann' };
  await leadtrail.api(`/leads/${placed!.id}/actions`, { method: 'POST', body: note });
  await page.keyboard.press('Control+z');
  const ask = page.getByRole('dialog', { name: 'Take it back?' });
  await expect(ask.getByText('Note: Rang back at noon')).toBeVisible();
  await expect(ask.getByRole('heading', { name: '1 entry of yours would go with it' })).toBeFocused();
  await clean(page);
  await page.keyboard.press('Escape');
  await expect(ask).toHaveCount(0);
  expect(await leadtrail.leads()).toHaveLength(1);
  await page.keyboard.press('Control+z');
  await ask.getByRole('button', { name: 'Take back with this entry' }).click();
  await expect(page.getByRole('heading', { name: 'Mend and replay' })).toBeVisible();
  expect(await leadtrail.leads()).toEqual([]);
  await page.getByRole('button', { name: 'Replay', exact: true }).click();
  await expect(page.getByText('It is on the timeline', { exact: false })).toBeVisible();

  await page.goto(`${leadtrail.ui}/#/leads`);
  const row = page.locator('[data-lead]');
  await expect(row).toHaveCount(1);
  await expect(row).toContainText('Kaylah Mills');
  await page.goto(`${leadtrail.ui}/#/deliveries/${answer.body.delivery}`);
  await expect(page.getByText('Verified')).toBeVisible();
  await expect(page.getByText('It is on the timeline', { exact: false })).toBeVisible();

  // The forged one stays where it is, and says that it was not signed.
  await page.goto(`${leadtrail.ui}/#/deliveries?state=quarantined`);
  await page.goto(`${leadtrail.ui}/#/deliveries/${unsigned.body.delivery}`);
  await expect(page.getByRole('heading', { name: /sent no signature/ })).toBeVisible();
  expect((await leadtrail.leads()).map((l) => l.name)).toEqual(['Kaylah Mills']);
});

test('what could not be read is replayed with a look first', async ({ page, leadtrail, signIn }) => {
  const source = await leadtrail.add('callrail');
  const broken = await leadtrail.send(source.urls.post_call, '{"id": 12, "start_time"');
  expect(broken).toMatchObject({ status: 202, body: { status: 'quarantined' } });
  await signIn(`#/deliveries/${broken.body.delivery}`);
  await expect(page.getByRole('heading', { name: 'Mend and replay' })).toBeVisible();
  const body = await page.getByRole('main').innerText();
  expect(body).not.toMatch(/EOF|serde|expected value|column \d|undefined|NaN|null,/);
  expect(body).toContain('{"id": 12, "start_time"');
});

test('several are chosen and replayed at once, with a look first and one undo', async ({
  page,
  leadtrail,
  signIn,
}) => {
  const source = await leadtrail.add('callrail', { signing_key: 'the key of last year' });
  const key = 'the key of this year';
  const names = ['Ann Lee', 'Bo Chen', 'Cy Dahl'];
  for (const [i, name] of names.entries()) {
    const at = stamp(-300 - i);
    const raw = JSON.stringify({
      ...json('callrail', 'ours-post_call-answered.json'),
      id: 7700 + i,
      resource_id: `CAL77${i}`,
      person_resource_id: `PER77${i}`,
      start_time: at,
      created_at: at,
      timestamp: at,
      datetime: '',
      customer_name: name,
      callername: name,
      customer_phone_number: `+1404555016${i}`,
      callernum: `+1404555016${i}`,
    });
    const answer = await leadtrail.send(source.urls.post_call, raw, {
      headers: signature('callrail', key, raw),
    });
    expect(answer.body.status).toBe('quarantined');
  }
  await signIn('#/deliveries?state=quarantined');
  await expect(page.locator('.lrow')).toHaveCount(3);

  // With the keyboard alone: X chooses the row that has the focus.
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await expect(page.getByText('2 deliveries', { exact: true })).toBeVisible();
  await page.keyboard.press('x');
  await expect(page.getByText('1 delivery', { exact: true })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Choose all 3' }).click();
  await expect(page.getByRole('checkbox', { checked: true })).toHaveCount(3);
  await page.getByRole('button', { name: 'Replay…' }).click();
  await expect(page.getByText('A replay now would change nothing.')).toBeVisible();
  await page.keyboard.press('Escape');

  // Mended and taken back: the key fits, and all three wait.
  const mended = await leadtrail.api<ChangedSource>(`/sources/${source.id}`, {
    method: 'PATCH',
    body: { add_signing_key: key },
  });
  expect(mended.replay).toMatchObject({ placed: 3, leads_added: 3 });
  await leadtrail.api(`/replays/${mended.replay?.replay}/undo`, { method: 'POST', body: {} });
  const before = await leadtrail.api<{ hash: string }>('/projection');
  expect(await leadtrail.leads()).toEqual([]);

  // What it said is what happens, and one step takes it back.
  await page.goto('about:blank');
  await page.goto(`${leadtrail.ui}/#/deliveries?state=quarantined`);
  await page.getByRole('button', { name: 'Choose all 3' }).click();
  await page.getByRole('button', { name: 'Replay…' }).click();
  await expect(page.getByText('This would add 3 entries to 3 leads, all of them new.')).toBeVisible();
  await expect(page.getByText(/Ann Lee|Bo Chen|Cy Dahl/).first()).toBeVisible();
  await page.getByRole('button', { name: 'Replay', exact: true }).click();
  await expect(page.getByText('Added 3 entries to 3 leads, all of them new.').first()).toBeAttached();
  expect((await leadtrail.leads()).map((l) => l.name).sort()).toEqual(names);
  await page.getByRole('button', { name: /^Undo/ }).click();
  await expect(page.locator('.lrow')).toHaveCount(3);
  expect(await leadtrail.leads()).toEqual([]);
  expect(await leadtrail.api<{ hash: string }>('/projection')).toEqual(before);
});
