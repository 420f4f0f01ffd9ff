import { json, signature, stamp } from './leadtrail';
import { expect, test } from './test';

const KEY = '072e77e426f92738a72fe23c4d1953b4';

/** A call CallRail tells of when it is over, signed. */
function postCall() {
  return JSON.stringify({
    ...json('callrail', 'ours-post_call-answered.json'),
    start_time: stamp(-240),
    created_at: stamp(-239),
    timestamp: stamp(-240),
    datetime: '',
    customer_name: 'Jane Doe',
    callername: 'Jane Doe',
    customer_phone_number: '+19495550173',
    callernum: '+19495550173',
    sentiment: 'Positive',
    conversational_transcript: [
      { speaker: 'agent', phrase: 'Northgate Kitchens, how can I help?', start: 0.84 },
      { speaker: 'caller', phrase: 'I need a quote for a pistachio kitchen island.', start: '4.1' },
      { speaker: 'agent', phrase: 'Tuesday at nine?', start: 9 },
    ],
  });
}

test('from the first start to a lead found again', async ({ page, context, leadtrail, signIn }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: leadtrail.ui });

  // First run opens where services are connected.
  await signIn();
  await expect(page).toHaveURL(/#\/connect/);
  await expect(page).not.toHaveURL(/token=/);
  await expect(page.getByRole('heading', { level: 1, name: 'Connect a service' })).toBeFocused();
  await page.getByRole('radio', { name: /CallRail/ }).click();
  await page.getByRole('button', { name: /Make \w+ addresses for CallRail/ }).click();

  // Its addresses, ready to be pasted.
  await page.getByRole('button', { name: /^Copy all/ }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  const url = /^.*: (http\S+\/post_call)$/m.exec(copied)?.[1] ?? '';
  expect(new URL(url).origin).toBe(leadtrail.hooks);
  await page
    .getByRole('button', { name: /^Copy .*Post-Call address/ })
    .first()
    .click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('/post_call');

  // The key it signs with; from now on unsigned messages would not be believed.
  const field = page.getByRole('textbox', { name: /signing key/i });
  await field.fill(KEY);
  const steps = page.getByRole('region', { name: 'CallRail', exact: true });
  await steps.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText(/Saved/).first()).toBeVisible();
  await expect(field).toHaveValue('');

  // A test event comes in through the public door, while the page stands still.
  await expect(page.getByRole('heading', { name: 'Waiting for the first event…' })).toBeVisible();
  await page.evaluate(() => Object.assign(window, { stood: true }));
  await page.getByRole('button', { name: 'Send a test event' }).click();
  // It proves the address, not the service.
  await expect(page.getByRole('heading', { name: /The test arrived/ })).toBeVisible();
  await expect(page.getByText(/Waiting for CallRail’s first own event/).first()).toBeVisible();
  await expect(page.getByText('Connected', { exact: true })).toHaveCount(0);
  await expect(page.getByText('went in through the public door and is on the timeline')).toBeVisible();

  // So does what CallRail itself sends, signed as it signs.
  const raw = postCall();
  const answer = await leadtrail.send(url, raw, { headers: signature('callrail', KEY, raw) });
  expect(answer).toMatchObject({ status: 200, body: { status: 'accepted', events: 1 } });
  await expect(page.getByRole('heading', { name: /First event arrived/ })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Open Jane Doe' })).toBeVisible();
  expect(await page.evaluate(() => 'stood' in window), 'the page was not loaded again').toBe(true);
  await page.getByRole('link', { name: 'Open Jane Doe' }).click();

  // The lead: who, and what was said.
  await expect(page.getByRole('heading', { level: 1, name: 'Jane Doe' })).toBeVisible();
  const talk = page.getByRole('group', { name: 'Transcript' });
  await expect(talk).toContainText('I need a quote for a pistachio kitchen island.');
  await expect(talk.locator('.turn')).toHaveCount(3);
  await expect(talk.locator('.turn.caller')).toHaveCount(1);
  await expect(talk.locator('mark', { hasText: 'quote' })).toBeVisible();

  // How it ended, by keyboard: O, then B. Undo, redo.
  const current = page.locator('.journey [aria-current="step"]');
  await expect(current).toContainText('Responded');
  await page.keyboard.press('o');
  await expect(page.getByRole('dialog', { name: 'Outcome of Jane Doe', exact: true })).toBeVisible();
  await page.keyboard.press('b');
  const messages = page.getByRole('region', { name: 'Messages' });
  await expect(messages.getByText('Tagged as booked')).toBeVisible();
  await expect(current).toContainText('Booked');
  await page.keyboard.press('Control+z');
  await expect(current).toContainText('Responded');
  await expect(messages.getByText('Undone')).toBeVisible();
  await page.keyboard.press('Control+Shift+z');
  await expect(current).toContainText('Booked');

  // A note, also by keyboard.
  await page.keyboard.press('n');
  await page.getByRole('textbox', { name: 'Note' }).fill('Wants the marzipan finish, call after six');
  await page.keyboard.press('Control+Enter');
  await expect(page.locator('.entry', { hasText: 'Wants the marzipan finish' })).toBeVisible();

  // Found again by words of the transcript, by the note, by the last digits.
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/#\/leads/);
  for (const words of ['pistachio island', 'marzipan']) {
    await page.keyboard.press('/');
    await page.keyboard.type(words);
    const hit = page.getByRole('region', { name: 'Words found' }).getByRole('link', { name: /Jane Doe/ });
    await expect(hit.first()).toBeVisible();
    await expect(hit.first().locator('mark').first()).toBeVisible();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
  }
  await page.keyboard.press('/');
  await page.keyboard.type('0173');
  const rows = page.locator('[data-lead]');
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText('Jane Doe');
  await expect(rows).toContainText('(949) 555-0173');
});

test('sample data, looked at and removed: nothing of it is asked for afterwards', async ({
  page,
  leadtrail,
  signIn,
}) => {
  await signIn();
  const banner = page.getByRole('complementary', { name: 'Sample data' });
  const missing: string[] = [];
  page.on('response', (answer) => {
    if (answer.status() >= 400) missing.push(`${answer.status()} ${new URL(answer.url()).pathname}`);
  });
  const look = async () => {
    await page.getByRole('button', { name: 'Look around with sample data' }).click();
    await expect(banner).toBeVisible({ timeout: 90_000 });
    await expect(page.locator('[data-lead]').nth(3)).toBeVisible();
  };
  const over = async () => {
    await expect(banner).toBeHidden();
    // It leads to the first step by itself, which may come after the banner went.
    await expect(page).toHaveURL(/#\/connect/);
  };

  // The lead that stands open beside the list, one that was picked, and one on its own page.
  await look();
  await expect(page.locator('.entry').first()).toBeVisible();
  await banner.getByRole('button', { name: 'Remove it' }).click();
  await over();
  await page.goto(page.url().replace(/#.*/, '#/leads'));
  await expect(page.getByText('No service is connected yet')).toBeVisible();
  await page.goto(page.url().replace(/#.*/, '#/connect'));

  await look();
  await page.locator('[data-lead]').nth(2).click();
  await expect(page.locator('.entry').first()).toBeVisible();
  // The palette removes it too.
  await page.keyboard.press('Control+k');
  await page.keyboard.type('remove sample');
  await page.getByRole('option', { name: 'Remove sample data' }).click();
  await over();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('remove sample');
  await expect(page.getByRole('option', { name: 'Remove sample data' })).toHaveCount(0);
  await page.keyboard.press('Escape');

  // Ended from elsewhere.
  await look();
  await page.locator('[data-lead]').nth(1).focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/lead\/\d+/);
  await expect(page.locator('.entry').first()).toBeVisible();
  // Also that it was opened is told by now: what is asked for before the end may be.
  const lead = /lead\/(\d+)/.exec(page.url())![1]!;
  await expect
    .poll(async () => (await leadtrail.api<{ unread: boolean }>(`/leads/${lead}`)).unread)
    .toBe(false);
  await leadtrail.api('/demo', { method: 'DELETE' });
  await over();
  expect(missing, 'asked for and not there').toEqual([]);
});
