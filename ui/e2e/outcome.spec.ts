/** What an outcome is given to is named and chosen, and Enter does only what is lit. */
import { callOf, JONAS, KAYLAH, tell } from './people';
import { expect, test } from './test';

test('an amount without an outcome books nobody', async ({ page, leadtrail, signIn }) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(KAYLAH));
  const [lead] = await leadtrail.leads();
  await signIn(`#/lead/${lead!.id}`);
  await expect(page.getByRole('heading', { level: 1, name: KAYLAH.name })).toBeVisible();
  const menu = page.getByRole('dialog', { name: `Outcome of ${KAYLAH.name}` });
  const lit = menu.locator('.opt.active');

  // One key to the value; Enter with nothing lit does nothing but ask.
  await page.keyboard.press('o');
  await page.keyboard.press('v');
  await expect(menu.getByRole('textbox', { name: 'Value' })).toBeFocused();
  await page.keyboard.type('2500');
  await expect(lit).toHaveCount(0);
  await page.keyboard.press('Enter');
  await expect(menu.getByRole('alert')).toContainText('how it ended');
  await page.keyboard.press('Enter');
  await expect(menu).toBeVisible();
  expect((await leadtrail.entries(lead!.id)).filter((e) => e.kind === 'outcome')).toEqual([]);
  // A letter then keeps both.
  await page.keyboard.press('u');
  await expect(page.locator('.toast').filter({ hasText: 'Tagged as quoted' })).toBeVisible();
  expect(await leadtrail.lead(lead!.id)).toMatchObject({ outcome: 'quoted', value_cents: 250_000 });

  // What stands is lit: Enter in the value keeps it. A digit begins the value.
  await page.keyboard.press('o');
  await expect(lit).toContainText('Quoted');
  await page.keyboard.type('3100');
  await page.keyboard.press('Enter');
  await expect(menu).toBeHidden();
  await expect.poll(async () => (await leadtrail.lead(lead!.id)).value_cents).toBe(310_000);
  expect((await leadtrail.lead(lead!.id)).outcome).toBe('quoted');

  // What was walked to is lit, and that is what Enter does.
  await page.keyboard.press('o');
  await page.keyboard.press('ArrowUp');
  await expect(lit).toContainText('Booked');
  await page.keyboard.press('v');
  await page.keyboard.press('Enter');
  await expect.poll(async () => (await leadtrail.lead(lead!.id)).outcome).toBe('booked');
});

test('O means the lead until somebody chooses a call, and says so', async ({ page, leadtrail, signIn }) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(JONAS, -900));
  await tell(leadtrail, source, callOf({ ...JONAS, words: 'And a gate.' }, -300));
  const [lead] = await leadtrail.leads();
  const calls = (await leadtrail.entries(lead!.id)).flatMap((e) => (e.kind === 'call' ? [e.call.id] : []));
  const given = async () =>
    (await leadtrail.entries(lead!.id)).flatMap((e) =>
      e.kind === 'outcome' ? [e.outcome.call ?? 'lead'] : [],
    );
  await signIn(`#/lead/${lead!.id}`);
  const cards = page.locator('article.card');
  await expect(cards).toHaveCount(2);
  const ofLead = page.getByRole('dialog', { name: `Outcome of ${JONAS.name}` });

  // A click in a card reads it; it chooses nothing.
  await cards.last().locator('.summary').click();
  await page.keyboard.press('o');
  await expect(ofLead).toBeVisible();
  await page.keyboard.press('f');
  await expect.poll(given).toEqual(['lead']);

  // Only the button that O presses says O.
  await expect(
    page
      .getByRole('main')
      .locator('button', { hasText: /Outcome/ })
      .filter({ has: page.locator('kbd', { hasText: /^O$/ }) }),
  ).toHaveCount(1);
  await expect(page.getByRole('button', { name: new RegExp(`^Outcome of ${JONAS.name}`) })).toHaveCount(1);
  const ofCall = page.getByRole('button', { name: /^Outcome of this call \S*\d\d?:\d\d/ });
  await expect(ofCall).toHaveCount(2);

  // In the menu C chooses the newest call, by name, and for this once.
  await page.keyboard.press('o');
  await page.keyboard.press('c');
  await expect(page.getByRole('dialog', { name: /^Outcome of the call \S*\d\d?:\d\d/ })).toBeVisible();
  await page.keyboard.press('s');
  await expect.poll(given).toEqual(['lead', calls.at(-1)]);
  await page.keyboard.press('o');
  await expect(ofLead).toBeVisible();
  await page.keyboard.press('c');
  await page.keyboard.press('c');
  await expect(ofLead).toBeVisible();
  await page.keyboard.press('Escape');

  // By its own button.
  await ofCall.last().click();
  await page.keyboard.press('a');
  await expect.poll(given).toEqual(['lead', calls.at(-1), calls[0]]);
});
