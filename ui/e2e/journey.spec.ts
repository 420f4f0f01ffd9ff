/** The strip of the journey: every word of it can be read, at every width. */
import type { Timeline } from '../src/lib/api/types';
import { expect, open, test, DEMO_NOW } from './test';

test('no word of the journey is cut', async ({ page, demo }) => {
  await page.clock.setFixedTime(DEMO_NOW);
  // One lead for each set of words there is.
  const leads = new Map<string, number>();
  for (const { id } of (await demo.leads()).slice(0, 60)) {
    const { journey } = await demo.api<Timeline>(`/leads/${id}/timeline?limit=1`);
    const last = new Map(journey.filter((step) => step.status).map((step) => [step.stage, step.status]));
    for (const word of last.values()) if (!leads.has(word!)) leads.set(word!, id);
  }
  expect(leads.size).toBeGreaterThan(4);
  await open(page, demo, '#/leads');
  const cut = new Set<string>();
  for (const id of new Set(leads.values()))
    for (const [at, width] of [
      [`#/leads/${id}`, 1280],
      [`#/lead/${id}`, 1280],
      [`#/lead/${id}`, 900],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.evaluate((hash) => void (location.hash = hash), '#/nothing');
      await page.evaluate((hash) => void (location.hash = hash), at);
      await expect(page.locator('.journey .v').first()).toBeVisible();
      for (const text of await page
        .locator('.journey :is(.d, .v)')
        .evaluateAll((all) =>
          all
            .filter((e) => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)
            .map((e) => e.textContent?.trim() ?? ''),
        ))
        cut.add(`${width} ${at.split('/')[1]}: ${text}`);
    }
  expect([...cut]).toEqual([]);
});
