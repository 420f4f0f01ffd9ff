import { json, signature, stamp } from './leadtrail';
import { expect, test } from './test';

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

  // The right key, pasted where the source is.
  await page.getByRole('link', { name: 'add the new key' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'callrail' })).toBeVisible();
  const field = page.getByRole('textbox', { name: /signing key/i });
  if (!(await field.isVisible())) await page.getByRole('button', { name: 'Add a key' }).click();
  await field.fill(right);
  await page.getByRole('button', { name: 'Save' }).last().click();
  await expect(
    page.getByText('2 kept messages checked again, 1 placed on timelines.').first(),
  ).toBeAttached();

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
