/** The words are English; the clock and the first day of a week are the person's. */
import { DEMO_NOW, expect, open, test } from './test';

const MARCH = 'from=2026-03-01&to=2026-03-26';

for (const { locale, first, clock, week } of [
  { locale: 'en-US', first: 'Sun', clock: /As of \d{1,2} \w{3} 2026, \d{1,2}:\d{2} [ap]m/, week: 'Sunday' },
  { locale: 'de-DE', first: 'Mon', clock: /As of \d{1,2} \w{3} 2026, \d{2}:\d{2}$/, week: 'Monday' },
]) {
  test.describe(locale, () => {
    test.use({ locale });
    test('clock and week are as they are used to there', async ({ page, demo }) => {
      await page.clock.setFixedTime(DEMO_NOW);
      await open(page, demo, `#/reports?${MARCH}`);
      await expect(page.getByRole('button', { name: clock })).toBeVisible();
      await page.getByRole('button', { name: /1 to 26 Mar/ }).click();
      const heads = page.locator(':popover-open').getByRole('columnheader');
      await expect(heads.first()).toHaveText(first);
      await expect(heads).toHaveCount(7);
      // The days stand under their names: the first of March 2026 was a Sunday.
      const day = page.locator(':popover-open [data-day="2026-03-01"]');
      const column = await day.evaluate((it) => (it.closest('td') as HTMLTableCellElement).cellIndex);
      await expect(heads.nth(column)).toHaveText('Sun');
      // Opening hours are listed in that order too.
      await open(page, demo, '#/settings/business');
      await expect(page.getByLabel('Monday, opens', { exact: true })).toBeVisible();
      const text = await page.getByRole('main').innerText();
      expect(text.indexOf('Sunday') < text.indexOf('Monday')).toBe(week === 'Sunday');
    });
  });
}
