/** The rule of `lib/focus.ts`: after everything people do, the focus is at a place one can name, never at `body`. */
import type { Page } from '@playwright/test';
import { focused } from './late';
import { callOf, JONAS, KAYLAH, PRIYA, tell } from './people';
import { expect, open, test } from './test';

const nowhere = (page: Page) => page.evaluate(() => document.activeElement === document.body);
const toast = (page: Page, text: string | RegExp) => page.locator('.toast').filter({ hasText: text }).last();

test('on a lead: note, outcome, tag, undo and Back', async ({ page, leadtrail, signIn }) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(PRIYA, -900));
  await tell(leadtrail, source, callOf(JONAS, -600));
  await tell(leadtrail, source, callOf(KAYLAH, -300));
  const leads = await leadtrail.leads();
  const jonas = leads.find((l) => l.name === JONAS.name)!.id;
  await signIn(`#/lead/${jonas}`);
  await expect(page.getByRole('heading', { level: 1, name: JONAS.name })).toBeVisible();
  // Nothing had the focus: the note gives it to the page.
  await page.keyboard.press('n');
  await page.keyboard.type('First');
  await page.keyboard.press('Control+Enter');
  expect(await focused(page)).toMatch(/^main/);
  await expect(page.locator('.entry', { hasText: 'First' })).toBeVisible();

  // What had it gets it back: from a note kept, a note left, an outcome.
  const timeline = page.getByRole('region', { name: 'Timeline' });
  await timeline.focus();
  for (const leave of ['Control+Enter', 'Escape']) {
    await page.keyboard.press('n');
    await page.keyboard.type('Second');
    await page.keyboard.press(leave);
    await expect(timeline).toBeFocused();
  }
  await expect(page.locator('.entry', { hasText: 'Second' })).toBeVisible();
  await page.keyboard.press('o');
  await page.keyboard.press('b');
  await expect(timeline).toBeFocused();
  await expect(toast(page, 'Tagged as booked')).toBeVisible();
  await expect(timeline).toBeFocused();

  // Undone by the button of the message: back to where it was before the message.
  await toast(page, 'Tagged as booked').getByRole('button', { name: /^Undo/ }).focus();
  await page.keyboard.press('Enter');
  await expect(toast(page, 'Undone')).toBeVisible();
  await expect(timeline).toBeFocused();
  await toast(page, 'Undone').getByRole('button', { name: 'Close message' }).click();
  expect(await nowhere(page)).toBe(false);

  // What had it is taken away: the nearest place that stays.
  const card = page.locator('.entry', { hasText: 'Second' });
  await card.focus();
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await expect(card).toHaveCount(0);
  await expect(timeline).toBeFocused();

  // A tag added and removed; the popover keeps it, and gives it back.
  const tags = page.getByRole('button', { name: /tag/i }).first();
  await tags.click();
  await page.keyboard.type('Oak');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Remove tag Oak' }).click();
  await expect(page.getByRole('button', { name: 'Remove tag Oak' })).toHaveCount(0);
  expect(await page.evaluate(() => !!document.activeElement?.closest(':popover-open'))).toBe(true);
  await page.keyboard.press('Escape');
  await expect(tags).toBeFocused();

  // A call's own outcome, by its button.
  const ofCall = page.getByRole('button', { name: /^Outcome of this call/ });
  await ofCall.click();
  await page.keyboard.press('u');
  await expect(page.getByRole('button', { name: /^Outcome of this call/ })).toBeFocused();
  await expect(toast(page, 'Tagged as quoted')).toBeVisible();
  await expect(page.getByRole('button', { name: /^Outcome of this call/ })).toBeFocused();

  // Dialogs give it back as well.
  await page.keyboard.press('?');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: /^Outcome of this call/ })).toBeFocused();

  // Back: the row.
  await page.keyboard.press('Escape');
  await expect(page.locator(`[data-lead="${jonas}"]`)).toBeFocused();
  await page.keyboard.press('/');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('region', { name: 'Lead list' })).toBeFocused();
});

test('in every room: opened, stepped through, left and come back to', async ({ page, demo }) => {
  const lost: string[] = [];
  const look = async (what: string) => {
    if (await nowhere(page)) lost.push(what);
  };
  await open(page, demo, '#/leads');
  await expect(page.locator('[data-lead]').nth(3)).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await look('leads: opened');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/\S/);
  await look('leads: open');
  await page.keyboard.press('j');
  await look('lead: next');
  await page.keyboard.press('Escape');
  await look('leads: back');
  await page.goBack();
  await look('lead: browser’s back');
  await page.goForward();
  await look('leads: browser’s forward');
  await page.getByRole('link', { name: /^Needs me/ }).click();
  await look('leads: another view');
  for (const [room, row] of [
    ['calls', '.lrow'],
    ['deliveries', '.lrow'],
  ] as const) {
    await page
      .getByRole('navigation')
      .getByRole('link', { name: new RegExp(`^${room}`, 'i') })
      .click();
    await expect(page.locator(row).nth(3)).toBeVisible();
    await look(`${room}: there`);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await look(`${room}: stepped`);
    await page.keyboard.press('Enter');
    await look(`${room}: opened`);
    await page.keyboard.press('Escape');
    await look(`${room}: back`);
    await expect(page.locator(row).nth(1)).toBeFocused();
  }
  // One pane at a time, the detail takes the place of the ledger.
  await page.setViewportSize({ width: 900, height: 600 });
  await page.keyboard.press('Enter');
  await look('deliveries, narrow: opened');
  await expect(page.locator('.why')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.locator('.lrow').nth(1)).toBeFocused();
  await page.setViewportSize({ width: 1280, height: 800 });

  await open(page, demo, '#/reports?from=2026-03-01&to=2026-03-26');
  const figure = page.locator('[data-figure]').first();
  await figure.click();
  await look('reports: figure opened');
  await page.keyboard.press('Escape');
  await expect(figure).toBeFocused();

  await open(page, demo, '#/sources');
  await expect(page.locator('.srow').first()).toBeVisible();
  await page.keyboard.press('j');
  await look('sources: stepped');
  await open(page, demo, '#/connect');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await look('connect: there');
  expect(lost).toEqual([]);
});

test('in the settings: saved, removed and undone', async ({ page, leadtrail, signIn }) => {
  await leadtrail.add('callrail', { name: 'CallRail' });
  await signIn('#/settings/business');
  const day = page.getByLabel('Day to add');
  await day.fill('2027-12-24');
  await page.keyboard.press('Enter');
  const remove = page.getByRole('button', { name: /^Remove .*24 Dec/ });
  await remove.click();
  await expect(toast(page, /day like any other/)).toBeVisible();
  expect(await nowhere(page)).toBe(false);
  await toast(page, /day like any other/)
    .getByRole('button', { name: /^Undo/ })
    .click();
  await expect(toast(page, 'Undone')).toBeVisible();
  expect(await nowhere(page)).toBe(false);

  await leadtrail.backUp();
  await page.goto(`${leadtrail.ui}/#/settings/backups`);
  const row = page.getByRole('list', { name: 'Backups, newest first' }).getByRole('listitem').first();
  await row.getByRole('button', { name: /^Delete/ }).click();
  expect(await nowhere(page)).toBe(false);
  await page.keyboard.press('Escape');
  await expect(row.getByRole('button', { name: /^Delete/ })).toBeFocused();
});
