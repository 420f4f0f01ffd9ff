/** News is added to what is shown: it neither starts it over nor keeps it from being shown. */
import type { Page as Tab, Request } from '@playwright/test';
import type { Leadtrail, Json } from './leadtrail';
import { expect, test } from './test';

const PHONE = '61491570156';

/** Texts of one person to a number in Australia, one a day: the `from`th to the `to`th. */
function texts(from: number, to: number): Json[] {
  return Array.from({ length: to - from }, (_, i) => ({
    time: new Date(Date.UTC(2014, 0, 1) + (from + i) * 86_400_000).toISOString(),
    from: PHONE,
    to: '61491570006',
    message: `Text number ${from + i}`,
    campaignId: '5dd7681b-2188-49fc-8fc0-87b57056f436',
  }));
}

/** A lead with so many texts, and how it gets another one. */
async function talkative(leadtrail: Leadtrail, many: number) {
  const source = await leadtrail.add('curious-thing', { region: 'AU' });
  let next = 0;
  const more = async (count: number) => {
    // Taken at once: whoever asks next gets other ones.
    let from = next;
    const end = (next += count);
    for (; from < end; from += 250) {
      const to = Math.min(end, from + 250);
      const answer = await leadtrail.send(source.urls.sms_received, texts(from, to));
      expect(answer.body).toMatchObject({ status: 'accepted', events: to - from });
    }
  };
  await more(many);
  await leadtrail.settled();
  const [lead] = await leadtrail.leads();
  return { id: lead!.id, more };
}

function timelines(page: Tab) {
  const asked: Request[] = [];
  page.on('request', (request) => {
    if (/\/timeline$/.test(new URL(request.url()).pathname)) asked.push(request);
  });
  return asked;
}

test('a lead shows itself while it hears of more than it can read', async ({ page, leadtrail, signIn }) => {
  const { id, more } = await talkative(leadtrail, 60);
  await signIn('#/settings');
  // Each answer takes longer than the time until the next news.
  let answered = 0;
  await page.route(/\/api\/leads\/\d+(\/timeline.*)?$/, async (route) => {
    const heard = more(1).then(() => more(1));
    const answer = await route.fetch();
    await heard;
    // The page hears of those before it has this.
    await page.waitForResponse((other) => new URL(other.url()).pathname === '/api/changes');
    answered += 1;
    await route.fulfill({ response: answer });
  });
  await page.evaluate((lead) => (location.hash = `#/lead/${lead}`), id);
  await expect(page.locator('.entry, .bubble').first()).toBeVisible();
  await expect(page.getByText('Text number 59', { exact: true })).toBeVisible();
  expect(answered).toBeGreaterThan(0);
  await page.unrouteAll({ behavior: 'ignoreErrors' });
});

test('a long story is a few questions, and news to it is one', async ({ page, leadtrail, signIn }) => {
  test.setTimeout(240_000);
  const many = 3400;
  const { id, more } = await talkative(leadtrail, many);
  await signIn('#/settings');
  const asked = timelines(page);
  await page.evaluate((lead) => (location.hash = `#/lead/${lead}`), id);
  const count = page
    .getByRole('group', { name: 'Show', exact: true })
    .getByRole('button', { name: /^Texts/ });
  await expect(count).toContainText(String(many));
  await expect(page.getByText(`Text number ${many - 1}`, { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: /^Show [\d,]+ earlier/ })).toBeVisible();
  await expect.poll(() => asked.filter((one) => one.url().includes('cursor')).length).toBeGreaterThan(0);
  expect(asked.length, asked.map((one) => one.url()).join('\n')).toBeLessThanOrEqual(3);

  // Somebody reads further down, with the focus there.
  const region = page.getByRole('region', { name: 'Timeline' });
  const place = page.getByText('Text number 3340', { exact: true });
  await place.scrollIntoViewIfNeeded();
  await region.focus();
  await page.evaluate(() => ((window as unknown as { stood: Element }).stood = document.activeElement!));
  const before = await place.boundingBox();
  asked.length = 0;
  for (let news = 1; news <= 4; news++) {
    await more(1);
    await expect(count).toContainText(String(many + news));
  }
  expect(asked.length, asked.map((one) => one.url()).join('\n')).toBeLessThanOrEqual(4);
  expect((await place.boundingBox())?.y).toBeCloseTo(before!.y, -1);
  expect(
    await page.evaluate(() => (window as unknown as { stood: Element }).stood === document.activeElement),
  ).toBe(true);
  await region.evaluate((e) => (e.scrollTop = 0));
  await expect(page.getByText(`Text number ${many + 3}`, { exact: true })).toBeVisible();
});

test('a page finds the server again soon after it is back, and asks once at a time until then', async ({
  page,
  leadtrail,
  signIn,
  watched,
}) => {
  await signIn('#/leads');
  const foot = page.getByRole('navigation', { name: 'Main' });
  await expect(foot).toContainText('Listening');
  let open = 0;
  let most = 0;
  const tried: number[] = [];
  page.on('request', (request) => {
    if (!request.url().includes('/api/')) return;
    tried.push(Date.now());
    most = Math.max(most, ++open);
  });
  const over = () => open--;
  page.on('requestfailed', (request) => request.url().includes('/api/') && over());
  page.on('requestfinished', (request) => request.url().includes('/api/') && over());
  await leadtrail.halt();
  await expect(page.getByText('Not connected').first()).toBeVisible();
  open = most = 0;
  tried.length = 0;
  // However long it is away, the pauses stay short, and nothing piles up.
  await expect.poll(() => tried.length, { timeout: 40_000 }).toBeGreaterThan(6);
  expect(most, 'requests at once').toBeLessThanOrEqual(2);
  await leadtrail.serve({ same: true });
  await expect(page.getByText('Not connected')).toHaveCount(0);
  await expect(foot).toContainText('Listening');
  watched.errors = watched.errors.filter(
    (text) => !/ERR_CONNECTION_REFUSED|ERR_EMPTY|ERR_CONNECTION_RESET/.test(text),
  );
});
