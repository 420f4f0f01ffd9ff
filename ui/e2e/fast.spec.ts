/** Keys pressed at full speed: the focus is where it belongs in the turn of the key or click, and no key is lost. */
import type { Page } from '@playwright/test';
import type { Outcome } from '../src/lib/api/types';
import { focused, hold } from './late';
import type { Leadtrail } from './leadtrail';
import { callOf, JONAS, KAYLAH, PRIYA, tell } from './people';
import { expect, open, test } from './test';

/** Presses a key in the page itself and answers what has the focus before anything else can happen. */
const after = (page: Page, key: string) =>
  page.evaluate((pressed) => {
    const at = document.activeElement ?? document.body;
    at.dispatchEvent(new KeyboardEvent('keydown', { key: pressed, bubbles: true, cancelable: true }));
    return (
      document.activeElement?.getAttribute('aria-posinset') ??
      document.activeElement?.closest('[aria-posinset]')?.getAttribute('aria-posinset') ??
      document.activeElement?.tagName
    );
  }, key);

async function three(leadtrail: Leadtrail) {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(PRIYA, -900));
  await tell(leadtrail, source, callOf(JONAS, -600));
  await tell(leadtrail, source, callOf(KAYLAH, -300));
  const [lead] = (await leadtrail.leads()).filter((l) => l.name === JONAS.name);
  return lead!.id;
}
const outcome = async (leadtrail: Leadtrail, lead: number) =>
  (await leadtrail.lead(lead)).outcome as Outcome | null;
const notes = async (leadtrail: Leadtrail, lead: number) =>
  (await leadtrail.entries(lead)).flatMap((e) => (e.kind === 'note' ? [e.note.text] : []));

/** Opens the page of a lead from the list; what it asks for is held back. */
async function stillBeingRead(page: Page, lead: number) {
  const row = page.locator(`[data-lead="${lead}"]`);
  await expect(row).toBeVisible();
  await page.setViewportSize({ width: 900, height: 700 });
  const answers = await hold(page, (url) => url.pathname.startsWith(`/api/leads/${lead}`));
  await row.focus();
  await page.keyboard.press('Enter');
  await answers.asked;
  return answers;
}

test('every popover has the focus in the turn of its click', async ({ page, demo }) => {
  const [lead] = (await demo.leads()).filter((l) => l.calls > 0);
  for (const where of [
    `#/lead/${lead!.id}`,
    '#/leads',
    '#/calls',
    '#/deliveries',
    '#/reports',
    '#/settings/business',
  ]) {
    await open(page, demo, where);
    await expect(page.getByRole('main').locator('[popovertarget]').first()).toBeVisible();
    await expect(page.getByRole('main').locator('[aria-busy=true]')).toHaveCount(0);
    const late = await page.getByRole('main').evaluate((main) => {
      const out: string[] = [];
      for (const button of main.querySelectorAll<HTMLElement>('[popovertarget]')) {
        if (!button.checkVisibility()) continue;
        button.focus();
        button.click();
        const inside = !!document.activeElement?.closest(':popover-open');
        if (!inside) out.push(button.textContent?.trim() || button.getAttribute('aria-label') || '');
        document.querySelector<HTMLElement>(':popover-open')?.hidePopover();
        if (document.activeElement !== button) out.push(`${button.textContent}: not given back`);
      }
      return out;
    });
    expect(late, where).toEqual([]);
  }
});

test('a row has the focus in the turn of its key', async ({ page, demo }) => {
  await open(page, demo, '#/leads');
  await expect(page.locator('[data-lead]').nth(5)).toBeVisible();
  expect(await after(page, 'j')).toBe('2');
  expect(await after(page, 'j')).toBe('3');
  expect(await after(page, 'k')).toBe('2');
  await open(page, demo, '#/deliveries');
  await expect(page.locator('.lrow').nth(5)).toBeVisible();
  expect(await after(page, 'j')).toBe('1');
  expect(await after(page, 'j')).toBe('2');
  // Far beyond what is drawn.
  expect(await after(page, 'End')).toBe('120');
  await open(page, demo, '#/reports?from=2026-03-01&to=2026-03-26&figure=calls.missed_really');
  await expect(page.locator('.drawer [data-at]').nth(3)).toBeVisible();
  expect(await after(page, 'j')).toBe('1');
  expect(await after(page, 'j')).toBe('2');
});

test('a page is there in the turn of its link', async ({ page, demo }) => {
  await open(page, demo, '#/leads');
  await expect(page.locator('[data-lead]').nth(3)).toBeVisible();
  // Enter, then J: the second is for the page the first opened.
  const [second, third] = await Promise.all(
    [1, 2].map((n) => page.locator('[data-lead]').nth(n).locator('.name').innerText()),
  );
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('j');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(third!);
  await page.keyboard.press('k');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(second!);
  // One pane at a time, a row is a link to the page: it is drawn before the browser does anything else.
  await page.setViewportSize({ width: 900, height: 700 });
  await page.keyboard.press('Escape');
  await expect(page.locator('[data-lead]').first()).toBeVisible();
  const there = await page.evaluate(async () => {
    document.querySelector<HTMLElement>('[data-lead]')?.click();
    for (let turn = 0; turn < 20; turn++) await null;
    return document.querySelector('.crumb') !== null;
  });
  expect(there).toBe(true);
});

test('an outcome, a note and its undoing are typed at a lead that is still being read', async ({
  page,
  leadtrail,
  signIn,
}) => {
  const lead = await three(leadtrail);
  await signIn('#/leads');
  const answers = await stillBeingRead(page, lead);
  await page.keyboard.press('o');
  await page.keyboard.press('b');
  await page.keyboard.press('n');
  await page.keyboard.type('Call on Friday, oak');
  await page.keyboard.press('Control+Enter');
  expect(await outcome(leadtrail, lead)).toBeNull();
  await answers.release();
  await expect(page.locator('.entry', { hasText: 'Call on Friday, oak' })).toBeVisible();
  await expect.poll(() => outcome(leadtrail, lead)).toBe('booked');
  expect(await notes(leadtrail, lead)).toEqual(['Call on Friday, oak']);
});

test('an amount typed at a lead that is still being read is whole', async ({ page, leadtrail, signIn }) => {
  const lead = await three(leadtrail);
  await leadtrail.api(`/leads/${lead}/actions`, {
    method: 'POST',
    body: { type: 'outcome', outcome: 'quoted' },
  });
  await signIn('#/leads');
  const answers = await stillBeingRead(page, lead);
  await page.keyboard.type('o500');
  // What only the browser can do with a key it does at once.
  const stopped = await page.evaluate(() =>
    ['F5', 'PageDown', 'Home'].filter(
      (key) =>
        !document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })),
    ),
  );
  expect(stopped).toEqual([]);
  await page.keyboard.press('Enter');
  await answers.release();
  const cents = async () =>
    (await leadtrail.entries(lead)).flatMap((e) => (e.kind === 'outcome' ? [e.outcome.estimated_cents] : []));
  await expect.poll(cents).toContain(50_000);
});

test('an Escape that waited closes what the key before it opened', async ({ page, leadtrail, signIn }) => {
  const lead = await three(leadtrail);
  await signIn('#/leads');
  const answers = await stillBeingRead(page, lead);
  await page.keyboard.press('o');
  await page.keyboard.press('Escape');
  await page.keyboard.press('n');
  await answers.release();
  await expect(page.getByRole('textbox', { name: 'Note' })).toBeFocused();
  await expect(page.locator(':popover-open')).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1, name: JONAS.name })).toBeVisible();
});

test('undo right after an act undoes this act, however late its answer is', async ({
  page,
  leadtrail,
  signIn,
}) => {
  const lead = await three(leadtrail);
  await signIn(`#/lead/${lead}`);
  await expect(page.getByRole('heading', { level: 1, name: JONAS.name })).toBeVisible();
  await page.keyboard.press('n');
  await page.keyboard.type('Stays');
  await page.keyboard.press('Control+Enter');
  await expect(page.locator('.entry', { hasText: 'Stays' })).toBeVisible();
  const answers = await hold(page, (url, method) => method === 'POST' && url.pathname.endsWith('/actions'));
  await page.keyboard.press('o');
  await page.keyboard.press('u');
  await answers.asked;
  await page.keyboard.press('Control+z');
  await answers.release();
  await expect(page.locator('.toast').filter({ hasText: 'Undone' })).toBeVisible();
  expect(await outcome(leadtrail, lead)).toBeNull();
  expect(await notes(leadtrail, lead)).toEqual(['Stays']);
});

test('keys for a page that is still being fetched wait for it', async ({ page, demo }) => {
  await open(page, demo, '#/leads');
  await expect(page.locator('[data-lead]').first()).toBeVisible();
  const code = await hold(page, (url) => url.pathname.endsWith('.js'));
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await code.asked;
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/deliveries$/);
  const rows = await hold(page, (url) => url.pathname === '/api/deliveries');
  await code.release();
  await rows.asked;
  await rows.release();
  await expect(page).toHaveURL(/#\/deliveries\/\d+/);
  await expect(page.locator('.lrow[aria-current]')).toBeVisible();
  const second = await page.locator('.lrow').nth(1).getAttribute('href');
  expect(new URL(page.url()).hash).toBe(second);
});

test('a search that was begun leads nowhere once its page is left', async ({ page, demo }) => {
  await page.clock.install();
  await open(page, demo, '#/leads');
  await expect(page.locator('[data-lead]').first()).toBeVisible();
  const code = await hold(page, (url) => url.pathname.endsWith('.js'));
  await page.keyboard.press('/');
  await page.keyboard.type('jo');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('/');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await code.asked;
  await page.clock.runFor(1000);
  await expect(page).toHaveURL(/#\/calls$/);
  await code.release();
  await expect(page.getByRole('heading', { level: 1, name: 'Calls' })).toBeAttached();
  await page.clock.runFor(1000);
  await expect(page).toHaveURL(/#\/calls$/);
});

test('Enter in the search opens the first, and what is typed next is for it', async ({
  page,
  leadtrail,
  signIn,
}) => {
  await three(leadtrail);
  await signIn('#/leads');
  await expect(page.locator('[data-lead]')).toHaveCount(3);
  const answers = await hold(page, (url) => url.searchParams.has('q'));
  await page.keyboard.press('/');
  await page.keyboard.type('priya');
  await page.keyboard.press('Enter');
  await page.keyboard.press('n');
  await page.keyboard.type('Rang back');
  await answers.asked;
  await expect(page.getByRole('searchbox', { name: 'Search leads' })).toHaveValue('priya');
  await answers.release();
  await expect(page.getByRole('heading', { level: 1, name: PRIYA.name })).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Note' })).toHaveValue('Rang back');
  await expect(page.getByRole('textbox', { name: 'Note' })).toBeFocused();
});

test('Enter in the palette means what will be found', async ({ page, leadtrail, signIn }) => {
  const lead = await three(leadtrail);
  await signIn('#/deliveries');
  await expect(page.locator('.lrow').first()).toBeVisible();
  const answers = await hold(page, (url) => url.searchParams.get('q') === 'Jonas');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('Jonas');
  await page.keyboard.press('Enter');
  await page.keyboard.press('o');
  await page.keyboard.press('q');
  await answers.asked;
  await answers.release();
  await expect(page).toHaveURL(new RegExp(`#/lead/${lead}$`));
  await expect(page.getByRole('dialog', { name: `Outcome of ${JONAS.name}` })).toBeVisible();
});

test('what is typed while the last is being kept is not lost', async ({ page, leadtrail, signIn }) => {
  await signIn('#/settings/business');
  const field = page.getByRole('textbox', { name: /test number|number/i }).last();
  await field.click();
  const answers = await hold(page, (url, method) => method !== 'GET' && url.pathname === '/api/settings');
  await page.keyboard.type('4045550142');
  await page.keyboard.press('Enter');
  await answers.asked;
  await page.keyboard.type('4045550143');
  await answers.release();
  await expect
    .poll(
      async () =>
        (await leadtrail.api<{ settings: { business: { test_numbers: string[] } } }>('/status')).settings
          .business.test_numbers,
    )
    .toEqual(['+14045550142']);
  await expect(field).toHaveValue('4045550143');
  await expect(field).toBeFocused();
  expect(await focused(page)).not.toBe('body');
});
