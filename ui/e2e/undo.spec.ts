/** What people did can be taken back and done again for ever: from the timeline itself, whoever looks and whenever. */
import type { Page as Tab } from '@playwright/test';
import type { Leadtrail } from './leadtrail';
import { callOf, KAYLAH, tell } from './people';
import { clean, expect, test } from './test';

const NOTE = 'Wants the oak one';

/** Kaylah, with a note, an outcome, a tag and somebody who looks after her, all done somewhere else. */
async function handled(leadtrail: Leadtrail) {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(KAYLAH));
  const [lead] = await leadtrail.leads();
  for (const body of [
    { type: 'assign', rep: 'Sean Kim' },
    { type: 'tag', tag: 'Kitchen' },
    { type: 'outcome', outcome: 'quoted', estimated_cents: 90_000 },
    { type: 'note', text: NOTE, by: 'Ann' },
  ])
    await leadtrail.api(`/leads/${lead!.id}/actions`, { method: 'POST', body });
  return lead!.id;
}

const own = async (leadtrail: Leadtrail, lead: number) =>
  (await leadtrail.entries(lead)).filter((e) => e.source === null);
const timeline = (page: Tab) => page.getByRole('region', { name: 'Timeline' });

/** Walks with the Tab key until what is asked for has the focus. */
async function tabTo(page: Tab, name: RegExp, role = 'button') {
  const wanted = timeline(page).getByRole(role as 'button', { name });
  await expect(wanted).toBeAttached();
  await timeline(page).focus();
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab');
    if (await wanted.evaluate((e) => e === document.activeElement)) return;
  }
  throw new Error(`the Tab key does not come to ${name}`);
}

test('what was done stands to be taken back and done again, after each reload, by keyboard', async ({
  page,
  leadtrail,
  signIn,
}) => {
  const lead = await handled(leadtrail);
  await signIn(`#/lead/${lead}`);
  const note = timeline(page).getByText(NOTE);
  await expect(note).toBeVisible();
  // Each thing a person did has one, and nothing that a service told.
  await expect(timeline(page).getByRole('button', { name: /^Undo: / })).toHaveCount(4);
  const undo = timeline(page).getByRole('button', { name: /^Undo: note of \d\d?:\d\d/ });
  const box = (await undo.boundingBox())!;
  expect(Math.min(box.height, box.width)).toBeGreaterThanOrEqual(24);
  await clean(page);

  await tabTo(page, /^Undo: note of/);
  await expect(undo).toHaveCSS('opacity', '1');
  await page.keyboard.press('Enter');
  await expect(note).toHaveCount(0);
  expect(await own(leadtrail, lead)).toHaveLength(3);

  await page.reload();
  await expect(timeline(page).getByRole('button', { name: /^Undo: / })).toHaveCount(3);
  await tabTo(page, /^1 thing taken back/);
  await page.keyboard.press('Enter');
  await expect(timeline(page).getByText(NOTE)).toBeVisible();
  await clean(page);
  await tabTo(page, /^Do it again: note of/);
  await page.keyboard.press('Enter');
  await expect(timeline(page).getByRole('button', { name: /^Undo: note of/ })).toBeVisible();
  await expect(timeline(page).getByRole('button', { name: /taken back/ })).toHaveCount(0);
  expect(await own(leadtrail, lead)).toHaveLength(4);
  expect((await leadtrail.timeline(lead)).taken_back).toEqual([]);
});

test('Ctrl+Z takes the latest back after a reload, one by one, and Ctrl+Shift+Z does it again', async ({
  page,
  leadtrail,
  signIn,
}) => {
  const lead = await handled(leadtrail);
  await signIn(`#/lead/${lead}`);
  await expect(timeline(page).getByText(NOTE)).toBeVisible();
  await page.keyboard.press('Control+z');
  await expect(timeline(page).getByText(NOTE)).toHaveCount(0);
  await page.reload();
  await expect(timeline(page).getByRole('button', { name: /^1 thing taken back/ })).toBeVisible();
  await page.keyboard.press('Control+z');
  await expect(timeline(page).getByRole('button', { name: /^2 things taken back/ })).toBeVisible();
  expect((await leadtrail.lead(lead)).outcome).toBeNull();
  await page.reload();
  await expect(timeline(page).getByRole('button', { name: /^2 things taken back/ })).toBeVisible();
  await page.keyboard.press('Control+Shift+z');
  await expect(timeline(page).getByRole('button', { name: /^Undo: outcome Quoted/ })).toBeAttached();
  expect((await leadtrail.lead(lead)).outcome).toBe('quoted');
  // What was done here and there is one story: the button and the key never take the same thing back twice.
  await timeline(page)
    .getByRole('button', { name: /^Undo: outcome Quoted/ })
    .click();
  await expect(timeline(page).getByRole('button', { name: /^2 things taken back/ })).toBeVisible();
  await page.keyboard.press('Control+z');
  await expect(timeline(page).getByRole('button', { name: /^3 things taken back/ })).toBeVisible();
  expect((await leadtrail.lead(lead)).tags).toEqual([]);
});
