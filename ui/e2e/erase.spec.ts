/** Erasing a person: asked for once more, done everywhere, and kept out from then on. */
import type { Page } from '@playwright/test';
import type { Backups } from '../src/lib/api/maintenance';
import { callOf, JONAS, KAYLAH, tell } from './people';
import { expect, test } from './test';

/** Nothing on the page names her: not the words, not a title, not the document's own name. */
async function unnamed(page: Page) {
  const seen = `${await page.locator('body').innerHTML()} ${await page.title()}`;
  for (const trace of ['Kaylah', 'Mills', '555-0143', '4045550143', 'walnut'])
    expect(seen).not.toContain(trace);
}

test('a person is erased', async ({ page, leadtrail, signIn }) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  const call = callOf(KAYLAH);
  const delivery = await tell(leadtrail, source, call);
  await tell(leadtrail, source, callOf(JONAS, -200));
  const lead = (await leadtrail.leads()).find((l) => l.name === KAYLAH.name)!;
  await leadtrail.api(`/leads/${lead.id}/actions`, {
    method: 'POST',
    body: { type: 'note', text: 'Kaylah prefers mornings' },
  });
  // The names of backups know seconds only.
  await new Promise((later) => setTimeout(later, 1100));
  await leadtrail.backUp();
  const before = await leadtrail.api<{ counts: { leads: number; calls: number; deliveries: number } }>(
    '/status',
  );

  await signIn(`#/lead/${lead.id}`);
  await expect(page.getByRole('heading', { level: 1, name: KAYLAH.name })).toBeVisible();
  const more = page.getByRole('button', { name: 'More', exact: true });
  await more.click();
  await page.getByRole('menuitem', { name: 'Erase this person…' }).click();

  // What goes, what stays, and the name typed out: until then the button rests.
  const dialog = page.getByRole('dialog', { name: `Erase ${KAYLAH.name} for good?` });
  await expect(dialog).toContainText('1 call');
  await expect(dialog).toContainText('1 note');
  await expect(dialog).toContainText('Past reports keep their totals.');
  await expect(dialog).toContainText(/\d\s+backups?\s+holds?\s+them too/);
  const name = dialog.getByRole('textbox');
  await expect(name).toBeFocused();
  const erase = dialog.getByRole('button', { name: `Erase ${KAYLAH.name}` });
  await expect(erase).toHaveAttribute('aria-disabled', 'true');
  await name.fill('Kaylah');
  await name.press('Enter');
  await expect(erase).toHaveAttribute('aria-disabled', 'true');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  expect((await leadtrail.lead(lead.id)).name).toBe(KAYLAH.name);

  // The palette leads there too.
  await page.keyboard.press('Control+k');
  await page.keyboard.type('erase kay');
  await page.getByRole('option', { name: `Erase ${KAYLAH.name}…` }).click();
  await name.fill('kaylah mills');
  // Nothing is erased before it was said what goes.
  await expect(erase).toHaveAttribute('aria-disabled', 'false');
  await name.press('Enter');
  const done = page.getByRole('dialog', { name: 'Erased' });
  await expect(done).toBeVisible({ timeout: 30_000 });

  // The backups that hold her are rewritten from here.
  await done.getByRole('button', { name: /^Rewrite/ }).click();
  await expect(done).toContainText('nothing of the person either', { timeout: 30_000 });
  await done.getByRole('button', { name: 'Done' }).click();
  const backups = await leadtrail.api<Backups>('/backups');
  expect(backups.items.filter((b) => b.holds_erased.length)).toEqual([]);

  // Everywhere the same: a person who was erased, and totals that stand.
  await page.goto(`${leadtrail.ui}/#/leads`);
  const rows = page.locator('[data-lead]');
  await expect(rows).toHaveCount(2);
  const row = rows.filter({ hasText: 'Erased person' });
  await expect(row).toHaveCount(1);
  await unnamed(page);
  await row.click();
  await expect(page.getByText('This person was erased.')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Erased person' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'More', exact: true })).toHaveCount(0);
  await expect(page.getByRole('button', { name: /^Note( N)?$/ })).toHaveCount(0);
  await unnamed(page);
  await page.goto(`${leadtrail.ui}/#/calls`);
  await expect(page.getByText('Erased person')).toBeVisible();
  await unnamed(page);
  await page.goto(`${leadtrail.ui}/#/deliveries/${delivery}`);
  await expect(page.getByRole('main')).toContainText(/erased/i);
  await unnamed(page);
  await page.goto(`${leadtrail.ui}/#/leads?q=walnut`);
  await expect(page.getByText(/No lead matches/)).toBeVisible();
  const after = await leadtrail.api<typeof before>('/status');
  for (const what of ['leads', 'calls', 'deliveries'] as const)
    expect(after.counts[what], what).toBe(before.counts[what]);

  // The same call once more: known, and kept out.
  const again = await leadtrail.send(source.urls.post_call, call);
  expect(again).toMatchObject({ status: 200, body: { status: 'duplicate' } });
  await page.goto(`${leadtrail.ui}/#/leads`);
  await expect(rows).toHaveCount(2);
  await unnamed(page);

  // A line about it, without a name.
  await page.goto(`${leadtrail.ui}/#/settings/erasing`);
  await expect(page.getByText('Erased person,', { exact: false })).toBeVisible();
  await unnamed(page);
});

test('what others said of them stays with those who said it, and is told before and after', async ({
  page,
  leadtrail,
  signIn,
}) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(KAYLAH));
  await tell(leadtrail, source, {
    ...(callOf(JONAS, -200) as object),
    call_summary: `${KAYLAH.name} told him of us`,
  });
  const lead = (await leadtrail.leads()).find((l) => l.name === KAYLAH.name)!;
  const other = (await leadtrail.leads()).find((l) => l.name === JONAS.name)!;
  await signIn(`#/lead/${lead.id}`);
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Erase this person…' }).click();
  const dialog = page.getByRole('dialog', { name: /^Erase/ });
  const words = '1 message or note of another lead names them too.';
  await expect(dialog).toContainText(words);
  const name = dialog.getByRole('textbox');
  await name.fill(KAYLAH.name);
  await expect(dialog.getByRole('button', { name: /^Erase/ })).toHaveAttribute('aria-disabled', 'false');
  await name.press('Enter');
  const done = page.getByRole('dialog', { name: 'Erased' });
  await expect(done).toContainText(words);
  await done.getByRole('link', { name: JONAS.name }).click();
  await expect(page).toHaveURL(new RegExp(`#/lead/${other.id}\\?entry=`));
  await expect(done).toBeHidden();
  await expect(page.getByText('told him of us')).toBeVisible();
});

test('who was erased is found by their name no longer, and what is counted is what is listed', async ({
  page,
  leadtrail,
  signIn,
}) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(KAYLAH));
  await tell(leadtrail, source, callOf(JONAS, -200));
  await signIn('#/leads?q=kaylah');
  const rows = page.locator('[data-lead]');
  await expect(rows).toHaveCount(1);
  await rows.first().focus();
  await page.keyboard.press('Enter');
  const crumb = page.locator('.crumb');
  await expect(crumb).toContainText('1 of 1');
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Erase this person…' }).click();
  const dialog = page.getByRole('dialog', { name: /^Erase/ });
  const name = dialog.getByRole('textbox');
  await name.fill(KAYLAH.name);
  await expect(dialog.getByRole('button', { name: /^Erase/ })).toHaveAttribute('aria-disabled', 'false');
  await name.press('Enter');
  const done = page.getByRole('dialog', { name: 'Erased' });
  await done.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByText('This person was erased.')).toBeVisible();
  // The search they were found by has nobody in it any more.
  await expect(crumb).not.toContainText(/\d of \d/);
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/#\/leads/);
  await expect(rows).toHaveCount(0);
  const found = page.getByRole('group', { name: 'Found' });
  await expect(found.getByRole('button', { name: /^Leads/ })).toHaveText('Leads 0');
  await expect(found.getByRole('button', { name: /^Said/ })).toHaveText(/ 0$/);
  await expect(page.getByRole('region', { name: 'Words found' })).toHaveCount(0);
});

test('what is older than the owner keeps', async ({ page, leadtrail, signIn }) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  const DAY = 86_400;
  await tell(leadtrail, source, callOf(KAYLAH, -400 * DAY));
  await tell(leadtrail, source, callOf(JONAS));

  await signIn('#/settings/erasing');
  const keep = page.getByRole('combobox', { name: /CallRail/ });
  await expect(keep).toHaveValue('0');
  await keep.selectOption({ label: '1 year' });
  // Looked at first: keeping it changes nothing.
  const asked = page.getByRole('group', { name: 'Keep CallRail for 1 year' });
  await expect(asked).toContainText('1 event');
  await expect(asked).toContainText('It cannot be brought back.');
  await asked.getByRole('button', { name: 'Keep it' }).click();
  await expect(keep).toHaveValue('0');
  expect((await leadtrail.leads()).map((l) => l.name).sort()).toEqual([JONAS.name, KAYLAH.name]);

  await keep.selectOption({ label: '1 year' });
  await asked.getByRole('button', { name: 'Erase it' }).click();
  await expect(page.locator('.toast').filter({ hasText: /kept for 1 year\. 1 event erased/ })).toBeVisible({
    timeout: 30_000,
  });
  await expect(keep).toHaveValue('365');
  await expect(page.getByText('Older than you keep', { exact: false })).toBeVisible();
  const leads = await leadtrail.leads();
  expect(leads.map((l) => l.name).sort()).toEqual([JONAS.name, null].sort());
  await page.goto(`${leadtrail.ui}/#/leads`);
  await expect(page.locator('[data-lead]').filter({ hasText: 'Erased person' })).toHaveCount(1);
});
