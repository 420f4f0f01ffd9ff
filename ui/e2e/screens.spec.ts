/** Pictures for the README, from the sample data: `npm run screens`. */
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Call, Delivery, Page } from '../src/lib/api/types';
import { DEMO_NOW, expect, open, test } from './test';

const folder =
  process.env.SCREENS_TO ?? resolve(dirname(fileURLToPath(import.meta.url)), '../../docs/screens');
const [width, height] = (process.env.SCREENS_SIZE ?? '1280x800').split('x').map(Number) as [number, number];

for (const theme of ['light', 'dark'] as const) {
  test(`screens, ${theme}`, async ({ page, demo, leadtrail }) => {
    mkdirSync(folder, { recursive: true });
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await page.clock.setFixedTime(DEMO_NOW);
    // The long call of somebody who is known by more than it.
    const calls = await demo.all<Call & { lead_id: number }>('/calls');
    const leads = await demo.leads();
    const rank = (c: Call & { lead_id: number }) => {
      const lead = leads.find((l) => l.id === c.lead_id);
      return c.transcript.length + 10 * (lead?.sources.length ?? 0) + (c.agent ? 5 : 0) + (c.summary ? 5 : 0);
    };
    const talk = calls.reduce((a, b) => (rank(b) > rank(a) ? b : a));
    const quarantined = await demo.api<Page<Delivery>>('/deliveries?state=quarantined&limit=1');
    const shots: [string, string, string][] = [
      ['leads', `#/leads/${talk.lead_id}`, width < 1000 ? '[data-lead]' : '.entry'],
      ['lead', `#/lead/${talk.lead_id}`, '.turn'],
      ['calls', '#/calls', 'main a[href^="#/lead"]'],
      ['reports', '#/reports?from=2026-03-01&to=2026-03-26', '.heat a'],
      ['deliveries', `#/deliveries/${quarantined.items[0]!.id}`, '.why'],
      ['sources', '#/sources/2', '.figures'],
    ];
    for (const [name, at, there] of shots) {
      await open(page, demo, at);
      await expect(page.locator(there).first()).toBeVisible();
      await page.mouse.move(0, 0);
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: join(folder, `${name}-${theme}.png`) });
    }
    // Connecting is seen best on a program that is new, with a tunnel and a source.
    await leadtrail.api('/settings', {
      method: 'PATCH',
      body: { public_base_url: 'https://hooks.northgate.example' },
    });
    await leadtrail.add('callrail', { name: 'CallRail' });
    await open(page, leadtrail, '#/connect?provider=callrail');
    await expect(page.getByRole('heading', { name: 'Waiting for the first event…' })).toBeVisible();
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: join(folder, `connect-${theme}.png`) });
  });
}
