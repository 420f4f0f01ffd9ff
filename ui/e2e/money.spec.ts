/** Amounts of a business that is not paid in dollars, and times by the program's rules, wherever they are shown. */
import type { Page as Tab } from '@playwright/test';
import type { Leadtrail } from './leadtrail';
import { callOf, KAYLAH, tell } from './people';
import { expect, test } from './test';

const pay = (leadtrail: Leadtrail, currency: string) =>
  leadtrail.api('/settings', { method: 'PATCH', body: { business: { currency } } });

/** All that can be read in the window. */
const shown = (page: Tab) => page.locator('body').innerText();

/** Opens Kaylah's lead and gives it an outcome with an amount, as typed. */
async function book(page: Tab, leadtrail: Leadtrail, typed: string, sign: string) {
  await page.getByText(KAYLAH.name).first().click();
  await page.locator('button[data-outcome], .btn', { hasText: 'Outcome' }).first().click();
  const amount = page.getByLabel('Value', { exact: true });
  await expect(amount).toBeVisible();
  await expect(page.locator('.valrow')).toContainText(sign);
  await amount.fill(typed);
  await page.locator('[data-item]', { hasText: 'Booked' }).click();
  const lead = (await leadtrail.all<{ id: number }>('/leads'))[0]!.id;
  await expect.poll(async () => (await leadtrail.lead(lead)).outcome).toBe('booked');
  return lead;
}

for (const { currency, typed, sign, cents, text } of [
  { currency: 'JPY', typed: '5000', sign: '¥', cents: 500_000, text: '¥5,000' },
  { currency: 'EUR', typed: '12,50', sign: '€', cents: 1_250, text: '€12.50' },
]) {
  test(`${currency}: lead page, menu, lists, calls and reports`, async ({ page, leadtrail, signIn }) => {
    const source = await leadtrail.add('callrail', { name: 'CallRail' });
    await tell(leadtrail, source, callOf(KAYLAH));
    await pay(leadtrail, currency);
    await signIn('#/leads');
    const lead = await book(page, leadtrail, typed, sign);
    expect((await leadtrail.lead(lead)).value_cents).toBe(cents);

    const clean = async () => {
      const words = await shown(page);
      expect(words).toContain(text);
      expect(words).not.toContain('$');
      if (currency === 'JPY') expect(words).not.toMatch(/¥[\d,]*\.\d/);
    };
    // The row, the header, the timeline and the menu, which holds the amount again.
    await expect(page.getByRole('main').getByText(text).first()).toBeVisible();
    await clean();
    await page.goto(`${leadtrail.ui}/#/lead/${lead}`);
    await expect(page.getByText(text).first()).toBeVisible();
    await clean();
    // On a call, and really received: the ledger of calls and the reports tell it too.
    const call = (await leadtrail.all<{ id: string }>('/calls'))[0]!.id;
    const received = { type: 'outcome', outcome: 'booked', call, actual_cents: cents };
    await leadtrail.api(`/leads/${lead}/actions`, { method: 'POST', body: received });
    for (const room of ['#/leads', '#/calls', '#/reports']) {
      await page.goto(`${leadtrail.ui}/${room}`);
      await expect(page.getByText(text).first()).toBeVisible();
      await clean();
    }
  });
}

test('an amount that could mean two things is not guessed', async ({ page, leadtrail, signIn }) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(KAYLAH));
  await pay(leadtrail, 'JPY');
  await signIn('#/leads');
  await page.getByText(KAYLAH.name).first().click();
  await page.locator('button[data-outcome], .btn', { hasText: 'Outcome' }).first().click();
  const amount = page.getByLabel('Value', { exact: true });
  await amount.fill('12.50');
  await expect(page.getByText('Amounts in JPY have no decimals.')).toBeVisible();
  await expect(amount).toHaveAttribute('aria-invalid', 'true');
  await amount.fill('5.000');
  await expect(page.getByText('That is not an amount.')).toBeVisible();
  await amount.fill('5,000');
  await expect(amount).toHaveAttribute('aria-invalid', 'false');
});

test('the time there is told by the program’s rules, not the browser’s', async ({
  page,
  leadtrail,
  signIn,
}) => {
  await leadtrail.add('callrail', { name: 'CallRail' });
  const zone = { business: { time_zone: 'America/Vancouver' } };
  await leadtrail.api('/settings', { method: 'PATCH', body: zone });
  await page.clock.setFixedTime(new Date('2026-11-30T20:00:00Z'));
  await signIn('#/settings/business');
  // Seven hours behind UTC the year round; by rules of 2025 it would be noon.
  const there = page.getByText(/It is \d+:\d\d [ap]m there now/);
  await expect(there).toContainText('It is 1:00 pm there now');
  await expect(page.getByRole('button', { name: /^Time zone:/ })).toContainText('GMT−7');

  // Whatever the browser believes: these rules are nobody's.
  await page.route('**/api/zones/offsets?*', (route) =>
    route.fulfill({
      json: {
        name: 'America/Vancouver',
        version: '2099a',
        origin: 'system',
        offsets: [{ at: '1970-01-01T00:00:00Z', offset_s: 13_500, abbreviation: null }],
      },
    }),
  );
  await page.reload();
  await expect(there).toContainText('It is 11:45 pm there now');
  await page.goto(`${leadtrail.ui}/#/settings`);
  await expect(page.getByText(/Rules of 20\d\d[a-z]/)).toBeVisible();
});
