/** What figures need of the business is set, undone and kept; a lead is given to somebody. Without a mouse where it can be. */
import type { Business } from '../src/lib/api/types';
import type { Leadtrail } from './leadtrail';
import { callOf, JONAS, KAYLAH, tell } from './people';
import { clean, expect, test } from './test';

const set = async (leadtrail: Leadtrail) =>
  (await leadtrail.api<{ settings: { business: Business } }>('/status')).settings.business;

test('hours, zone, holidays, currency and test numbers', async ({ page, leadtrail, signIn, watched }) => {
  await leadtrail.add('callrail', { name: 'CallRail' });
  await signIn('#/settings');
  await page.getByRole('link', { name: 'Business', exact: true }).click();

  // The zone is found by what people call it.
  await page.getByRole('button', { name: /^Time zone:/ }).press('Enter');
  await page.keyboard.type('pacific us');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: /Los Angeles/ })).toBeFocused();
  expect((await set(leadtrail)).time_zone).toBe('America/Los_Angeles');
  await page.getByLabel('Currency').selectOption('CAD');
  await expect(page.locator('.toast').filter({ hasText: 'Amounts are in CAD' })).toBeVisible();

  // Typed as people write times, saved when the day is left, wrong ones are said and not saved.
  const opens = page.getByLabel('Monday, opens', { exact: true });
  const closes = page.getByLabel('Monday, closes', { exact: true });
  await opens.fill('8.30');
  await closes.fill('6pm');
  expect((await set(leadtrail)).hours.mon).toEqual([{ from: '09:00', to: '17:00' }]);
  await closes.press('Enter');
  await expect(opens).toHaveValue('08:30');
  expect((await set(leadtrail)).hours.mon).toEqual([{ from: '08:30', to: '18:00' }]);
  await opens.fill('late');
  await opens.press('Enter');
  await expect(page.locator('.hint.err').filter({ hasText: 'Type a time like 9:00 or 5 pm.' })).toBeVisible();
  await expect(opens).toHaveAttribute('aria-invalid', 'true');
  await opens.press('Escape');
  await expect(opens).toHaveValue('08:30');
  await page.getByRole('button', { name: 'Copy Monday’s hours to all weekdays' }).press('Enter');
  await expect(page.getByLabel('Friday, closes', { exact: true })).toHaveValue('18:00');
  await page.getByLabel('Saturday', { exact: true }).check();
  await page.getByRole('button', { name: 'Add hours on Saturday' }).click();
  await expect(page.getByLabel('Saturday, opens, 2')).toBeFocused();
  await expect
    .poll(async () => (await set(leadtrail)).hours.sat)
    .toEqual([
      { from: '08:30', to: '18:00' },
      { from: '19:00', to: '23:00' },
    ]);
  await page.getByLabel('Wednesday', { exact: true }).uncheck();
  await expect.poll(async () => (await set(leadtrail)).hours.wed).toEqual([]);
  await page.keyboard.press('Control+z');
  await expect.poll(async () => (await set(leadtrail)).hours.wed).toEqual([{ from: '08:30', to: '18:00' }]);

  await page.getByLabel('Day to add').fill('2199-12-25');
  await page.getByRole('button', { name: 'Add a holiday' }).click();
  await expect(page.getByRole('group', { name: '2199' })).toContainText('Wednesday 25 December');
  await page.getByLabel('Day to add').fill('2199-12-25');
  await page.keyboard.press('Enter');
  await expect(page.locator('.hint.err').filter({ hasText: 'is a holiday already' })).toBeVisible();

  await page.getByLabel('Phone number to add').fill('404 555 0142');
  await page.keyboard.press('Enter');
  await expect(page.getByText('(404) 555-0142', { exact: true })).toBeVisible();
  await page.getByLabel('Phone number to add').fill('12');
  await page.keyboard.press('Enter');
  await expect(page.locator('.hint.err').filter({ hasText: '“12” is no phone number' })).toBeVisible();
  await page.getByRole('button', { name: 'Remove (404) 555-0142' }).click();
  await expect(page.getByText('(404) 555-0142 counts like any other').first()).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Test numbers' })).toBeFocused();
  await page.keyboard.press('Control+z');
  await expect.poll(async () => (await set(leadtrail)).test_numbers).toEqual(['+14045550142']);

  watched.errors = watched.errors.filter((text) => !/status of 422/.test(text));

  // It stands after loading anew, and everything on the page is clean.
  await page.reload();
  await expect(page.getByLabel('Monday, opens', { exact: true })).toHaveValue('08:30');
  await expect(page.getByLabel('Currency')).toHaveValue('CAD');
  await clean(page);
  await page.getByRole('button', { name: /^Time zone:/ }).click();
  await expect(page.getByRole('listbox')).toBeVisible();
  await clean(page);
});

test('people, the names services use for them, and giving a lead away', async ({
  page,
  leadtrail,
  signIn,
  watched,
}) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  const of = (agent: string) => ({ agent_email: agent, agentname: '' });
  await tell(leadtrail, source, { ...(callOf(KAYLAH) as object), ...of('sam.lee@roofs.example') } as never);
  await tell(leadtrail, source, { ...(callOf(JONAS) as object), ...of('front@roofs.example') } as never);
  await signIn('#/settings/business');

  const name = page.getByLabel('Name of somebody who looks after leads');
  await name.fill('Sam Lee');
  await name.press('Enter');
  const people = page.getByRole('list', { name: 'People' }).getByRole('listitem');
  await expect(people).toHaveCount(1);
  await name.fill('sam  lee');
  await name.press('Enter');
  await expect(page.locator('.hint.err').filter({ hasText: 'two people called' })).toBeVisible();
  await name.fill('');
  watched.errors = watched.errors.filter((text) => !/status of 422/.test(text));

  // Who is meant is offered in one click where only one can be.
  const names = page.getByRole('list', { name: 'Names services use' }).getByRole('listitem');
  await expect(names).toHaveCount(2);
  await clean(page);
  await page.getByRole('button', { name: 'sam.lee@roofs.example is Sam Lee' }).click();
  await expect(people.first()).toContainText('sam.lee@roofs.example');
  await expect(people.first()).toContainText('1 lead');
  await expect(names).toHaveCount(1);
  await page.getByLabel('Who is front@roofs.example?').selectOption('new');
  await expect(people).toHaveCount(2);
  await expect(names).toHaveCount(0);
  await page.keyboard.press('Control+z');
  await expect(people).toHaveCount(1);
  expect((await set(leadtrail)).reps).toEqual([{ name: 'Sam Lee', also: ['sam.lee@roofs.example'] }]);

  // The lead says whose it is by the name it has here, and is given away with a key.
  const lead = (await leadtrail.leads()).find((l) => l.name === KAYLAH.name)!;
  await page.goto(`${leadtrail.ui}/#/lead/${lead.id}`);
  const rep = page.getByRole('button', { name: /^Looked after by/ });
  await expect(rep).toHaveText(/Sam Lee/);
  await page.keyboard.press('a');
  const menu = page.getByRole('dialog', { name: 'Who looks after it' });
  await expect(menu).toContainText('Named by a service as sam.lee@roofs.example');
  await clean(page);
  await menu.getByLabel('Somebody else').fill('Kim Roe');
  await page.keyboard.press('Enter');
  await expect(rep).toHaveText(/Kim Roe/);
  await expect(page.getByText('Given to Kim Roe').first()).toBeVisible();
  expect((await leadtrail.lead(lead.id)).rep).toBe('Kim Roe');
  await page.keyboard.press('Control+z');
  await expect(rep).toHaveText(/Sam Lee/);
  await page.keyboard.press('Control+Shift+z');
  await expect(rep).toHaveText(/Kim Roe/);
  await page.keyboard.press('a');
  await menu.getByRole('button', { name: 'Nobody in particular' }).press('Enter');
  await expect(rep).toHaveText(/Sam Lee/);

  // The list of leads finds them by rep.
  await page.goto(`${leadtrail.ui}/#/leads?rep=Sam%20Lee`);
  await expect(page.locator('[data-lead]')).toHaveCount(1);
  await expect(page.getByRole('button', { name: /^Rep: Sam Lee/ })).toBeVisible();

  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'All keys' })).toContainText('Who looks after it');
});
