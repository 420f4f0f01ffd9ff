import { expect, open, test } from './test';

test('without a mouse: lists, rooms, palette, keys', async ({ page, demo }) => {
  await open(page, demo, '#/leads');
  const rows = page.locator('[data-lead]');
  await expect(rows.nth(5)).toBeVisible();
  const name = (n: number) => rows.nth(n).locator('.name').innerText();

  // J and K walk the list, the story beside it follows, and the focus stays on the row.
  await page.keyboard.press('j');
  await expect(rows.nth(1)).toBeFocused();
  await page.keyboard.press('j');
  await expect(rows.nth(2)).toBeFocused();
  await expect(rows.nth(2)).toHaveAttribute('aria-current', 'true');
  await expect(page.getByRole('heading', { level: 2 }).first()).toHaveText(await name(2));
  await page.keyboard.press('k');
  await expect(rows.nth(1)).toBeFocused();
  const second = await name(1);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(second);
  await page.keyboard.press('j');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/\S/);
  await expect(page.getByRole('heading', { level: 1 })).not.toHaveText(second);
  await page.keyboard.press('k');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(second);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Leads');

  // Slash searches, letters then are letters; Esc empties and leaves.
  await page.keyboard.press('/');
  const search = page.getByRole('searchbox', { name: 'Search leads' });
  await expect(search).toBeFocused();
  await page.keyboard.type('jo');
  await expect(search).toHaveValue('jo');
  await expect(page).toHaveURL(/q=jo/);
  await page.keyboard.press('ArrowDown');
  await expect(rows.first()).toBeFocused();
  await page.keyboard.press('/');
  await page.keyboard.press('Escape');
  await expect(search).toHaveValue('');
  await page.keyboard.press('Escape');
  await expect(search).not.toBeFocused();

  // G and a letter: the rooms.
  const rooms: [string, RegExp, string][] = [
    ['c', /#\/calls/, 'Calls'],
    ['d', /#\/deliveries/, 'Deliveries'],
    ['s', /#\/sources/, 'Sources'],
    ['l', /#\/leads/, 'Leads'],
  ];
  for (const [key, url, title] of rooms) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await expect(page).toHaveURL(url);
    await expect(page.getByRole('heading', { level: 1, name: title })).toBeAttached();
  }

  // All keys.
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'All keys' });
  await expect(keys).toBeVisible();
  await expect(keys).toContainText('Wrong number');
  await page.keyboard.press('j');
  await page.keyboard.press('Escape');
  await expect(keys).toBeHidden();

  // Go to or do.
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Go to or do' });
  await expect(palette.getByRole('combobox')).toBeFocused();
  await page.keyboard.type('deliv');
  await expect(palette.getByRole('option', { name: /Deliveries/ })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/deliveries/);
  await page.keyboard.press('Control+k');
  await page.keyboard.type(second.slice(0, 12));
  await expect(palette.getByRole('option').first()).toContainText(second);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(second);
});

test('the ledger by keyboard', async ({ page, demo }) => {
  await open(page, demo, '#/deliveries');
  const rows = page.getByRole('main').locator('.lrow');
  await expect(rows.nth(3)).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/deliveries\/\d+/);
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/#\/deliveries(\?.*)?$/);
  await expect(page.locator(':focus')).toBeVisible();
});

test('popovers give the focus back, one at a time', async ({ page, demo }) => {
  const [lead] = (await demo.leads()).filter((l) => l.calls > 0);
  await open(page, demo, `#/lead/${lead!.id}`);
  await expect(page.locator('.entry').first()).toBeVisible();
  const buttons = page.getByRole('main').locator('[popovertarget]');
  const many = await buttons.count();
  expect(many).toBeGreaterThan(2);
  for (let i = 0; i < many; i++) {
    const button = buttons.nth(i);
    await button.focus();
    await page.keyboard.press('Enter');
    const shown = page.locator(':popover-open');
    await expect(shown).toHaveCount(1);
    // The focus is in it, and single letters rest.
    await expect
      .poll(() => page.evaluate(() => !!document.activeElement?.closest(':popover-open')))
      .toBe(true);
    await expect(button).toHaveAttribute('aria-expanded', 'true');
    await page.keyboard.press('Escape');
    await expect(shown).toHaveCount(0);
    await expect(button).toBeFocused();
  }
});

test('by Tab alone to the first lead and its story', async ({ page, demo }) => {
  await open(page, demo, '#/leads');
  await expect(page.locator('[data-lead]').first()).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  let ring = true;
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const e = document.activeElement as HTMLElement;
      const style = getComputedStyle(e);
      const box = e.closest('.input, label') ? getComputedStyle(e.closest('.input, label')!) : style;
      return {
        lead: e.hasAttribute('data-lead'),
        ring: style.outlineStyle !== 'none' || box.outlineStyle !== 'none' || box.boxShadow !== 'none',
      };
    });
    ring &&= at.ring;
    if (at.lead) break;
  }
  await expect(page.locator('[data-lead]:focus')).toBeVisible();
  expect(ring, 'the focus was always to be seen').toBe(true);
});
