import type { Json } from './leadtrail';
import { expect, test } from './test';

const MANY = 5000;

function texts(from: number, to: number): Json[] {
  return Array.from({ length: to - from }, (_, i) => ({
    time: new Date(Date.UTC(2026, 0, 1) + (from + i) * 60_000).toISOString(),
    from: `614915${String(10000 + from + i).padStart(5, '0')}`,
    to: '61491570006',
    message: `Text number ${from + i}`,
    campaignId: '5dd7681b-2188-49fc-8fc0-87b57056f436',
  }));
}

test('thousands of leads: pages by key, and no row jumps', async ({ page, leadtrail, signIn }) => {
  const source = await leadtrail.add('curious-thing', { region: 'AU' });
  const url = source.urls.sms_received;
  for (let from = 0; from < MANY; from += 250) {
    const answer = await leadtrail.send(url, texts(from, from + 250));
    expect(answer.body).toMatchObject({ status: 'accepted', events: 250 });
  }

  const asked: URL[] = [];
  page.on('request', (request) => {
    const address = new URL(request.url());
    if (address.pathname === '/api/leads') asked.push(address);
  });
  await signIn('#/leads');
  const rows = page.locator('[data-lead]');
  const list = page.getByRole('region', { name: 'Lead list' });
  await expect(page.locator('.list-head')).toContainText('5,000');
  await expect(rows.first()).toContainText('Text number 4999');

  // To the very end: every page by its key, few rows in the page at any time.
  let most = 0;
  await expect
    .poll(
      async () => {
        most = Math.max(most, await rows.count());
        return list.evaluate((e) => {
          e.scrollTop = e.scrollHeight;
          return e.querySelectorAll('[data-lead]').length
            ? Number([...e.querySelectorAll('[aria-posinset]')].at(-1)?.getAttribute('aria-posinset'))
            : 0;
        });
      },
      { timeout: 60_000, intervals: [50] },
    )
    .toBe(MANY);
  await expect(page.getByText('Text number 0', { exact: true })).toBeVisible();
  expect(most, 'rows held in the page').toBeLessThan(80);
  expect(asked.filter((a) => a.searchParams.has('cursor')).length).toBeGreaterThanOrEqual(MANY / 100 - 1);
  expect(asked.some((a) => a.searchParams.has('offset') || a.searchParams.has('page'))).toBe(false);

  // In the middle of the list nothing moves while texts come in.
  await list.evaluate((e) => (e.scrollTop = e.scrollHeight / 2));
  await expect(rows.first()).toBeVisible();
  const inView = () =>
    rows.evaluateAll((all) =>
      all
        .map((e) => ({ id: e.getAttribute('data-lead'), y: Math.round(e.getBoundingClientRect().y) }))
        .filter((r) => r.y > 200 && r.y < 700),
    );
  await expect.poll(async () => (await inView()).length).toBeGreaterThan(4);
  const before = await inView();
  expect((await leadtrail.send(url, texts(MANY, MANY + 3))).body).toMatchObject({ events: 3 });
  const news = page.getByRole('button', { name: '3 new' });
  await expect(news).toBeVisible();
  expect(await inView()).toEqual(before);

  // Nor at the top, where they would push; until somebody asks for them.
  await list.evaluate((e) => (e.scrollTop = 0));
  await expect(rows.first()).toContainText('Text number 4999');
  await rows.first().hover();
  const top = await inView();
  expect((await leadtrail.send(url, texts(MANY + 3, MANY + 5))).body).toMatchObject({ events: 2 });
  await expect(page.getByRole('button', { name: '5 new' })).toBeVisible();
  expect(await inView()).toEqual(top);
  await page.getByRole('button', { name: '5 new' }).click();
  await expect(rows.first()).toContainText('Text number 5004');
  await expect(page.getByRole('button', { name: / new$/ })).toHaveCount(0);

  // Found among all of them by its last digits.
  await page.keyboard.press('/');
  await page.keyboard.type('12345');
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText('+61 491 512 345');
});
