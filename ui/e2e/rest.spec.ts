/** A page at rest asks for nothing but news: what is opened is read once, in every room and in everything it opens. */
import type { Page as Tab } from '@playwright/test';
import type { Delivery, Page } from '../src/lib/api/types';
import { Leadtrail } from './leadtrail';
import { DEMO_DAY, DEMO_NOW, expect, open, test } from './test';

/** A page that asked for nothing for so long is at rest, in milliseconds. */
const REST = 1_000;
/** More requests than any page needs to be read: it feeds itself. */
const MANY = 60;

/** What a page asks for: all of it, and when it asked last. The long poll is how news come, and is left out. */
function listen(page: Tab) {
  const heard = { asked: [] as string[], last: performance.now() };
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (!pathname.startsWith('/api/') || pathname === '/api/changes') return;
    heard.asked.push(`${request.method()} ${pathname}${search}`);
    heard.last = performance.now();
  });
  return heard;
}

const most = (asked: string[]) => {
  const times = new Map<string, number>();
  for (const one of asked) times.set(one, (times.get(one) ?? 0) + 1);
  return [...times].sort((a, b) => b[1] - a[1]).slice(0, 6);
};

let program: Leadtrail;
let file = 0;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  program = await Leadtrail.start({ demo: DEMO_DAY });
  const answer = await fetch(`${program.ui}/api/imports?name=calls.csv`, {
    method: 'POST',
    headers: { authorization: `Bearer ${new URL(program.link).searchParams.get('token')}` },
    body: 'Start Time,Customer Number,Duration\n2026-03-02 10:00:00,+14045550187,63\n',
  });
  file = ((await answer.json()) as { id: number }).id;
  await program.api('/saved-reports', {
    method: 'POST',
    body: { name: 'Monthly', report: 'overview', format: 'csv', range: 'last_month', query: {} },
  });
});
test.afterAll(() => program.stop());

const first = async (state: string) =>
  (await program.api<Page<Delivery>>(`/deliveries?state=${state}&limit=1`)).items[0]!.id;
const settings = ['', '/business', '/reach', '/backups', '/erasing', '/health'];

/** Where each room leads, by room. */
const rooms: Record<string, () => Promise<string[]>> = {
  leads: async () => {
    const [lead] = await program.leads();
    return ['#/leads', '#/leads?view=needs', '#/leads?q=quote', `#/leads/${lead!.id}`, `#/lead/${lead!.id}`];
  },
  calls: async () => ['#/calls', '#/calls?q=quote'],
  reports: async () => {
    const saved = await program.api<{ items: { id: number }[] }>('/saved-reports');
    return [
      '#/reports',
      '#/reports?figure=calls.in',
      '#/reports/definitions',
      '#/reports/exports',
      `#/reports/exports/${saved.items[0]!.id}`,
    ];
  },
  deliveries: async () => [
    '#/deliveries',
    '#/deliveries?state=quarantined',
    ...(await Promise.all(['processed', 'duplicate', 'repaired', 'quarantined'].map(first))).map(
      (id) => `#/deliveries/${id}`,
    ),
    '#/deliveries/gaps',
    '#/deliveries/import',
    `#/deliveries/import/${file}`,
  ],
  sources: async () => {
    const { items } = await program.api<{ items: { id: number }[] }>('/sources');
    return ['#/sources', '#/sources/new', ...items.map((s) => `#/sources/${s.id}`), '#/connect'];
  },
  settings: async () => settings.map((path) => `#/settings${path}`),
};

for (const [room, addresses] of Object.entries(rooms)) {
  for (const width of [1280, 900]) {
    test(`${room} at rest, ${width} wide`, async ({ page }) => {
      test.setTimeout(180_000);
      await page.clock.setFixedTime(DEMO_NOW);
      await page.setViewportSize({ width, height: 800 });
      await open(page, program, '#/settings');
      const heard = listen(page);
      for (const address of await addresses()) {
        heard.asked.length = 0;
        heard.last = performance.now();
        await page.goto(`${program.ui}/${address}`);
        await expect
          .poll(() => heard.asked.length > MANY || performance.now() - heard.last > REST, { timeout: 40_000 })
          .toBe(true);
        expect(heard.asked.length > MANY ? most(heard.asked) : [], `${address} asks without end`).toEqual([]);
        expect(
          most(heard.asked).filter(([, times]) => times > 3),
          `${address} asks for the same again and again`,
        ).toEqual([]);
      }
    });
  }
}
