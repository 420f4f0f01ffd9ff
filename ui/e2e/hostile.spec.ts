/** Text of senders is text, in whatever field it comes: it runs nothing, fetches nothing, hides nothing. */
import type { Page } from '@playwright/test';
import type { Call } from '../src/lib/api/types';
import { payloads, type Json, type Leadtrail, type ProviderSlug } from './leadtrail';
import { expect, test } from './test';

const RUNS = 'window.ran=1';
const MARKUP = `<script>${RUNS}</script><img src=x onerror="${RUNS}"><svg onload="${RUNS}">`;
const LINK = `javascript:${RUNS}//`;
const BIDI = 'evil\u202etxt.exe\u2066\u200f\ufeff';
const CONTROL = 'a\u0000b\u0007c\u001b[31md\u0085e\u007f';
const LONG = 'W'.repeat(600);
const OUTSIDE = 'https://elsewhere.example/pixel.png?"><b>x</b>';

const EVERYTHING = `${MARKUP} [x](${LINK}) ${BIDI} ${CONTROL} {{7*7}} ${LONG}`;

/** What stands in a string, by its key. */
type Texts = (key: string) => string;
/** Fields that hold an address, as far as anybody can tell. */
const ADDRESS = /url|link|page|record|refer|landing|media|href|mp3|src/i;
const TEXTS: Texts[] = [
  () => EVERYTHING,
  (key) => (ADDRESS.test(key) ? LINK : OUTSIDE),
  (key) => (ADDRESS.test(key) ? OUTSIDE : LINK),
];

const PROVIDERS: ProviderSlug[] = ['meera', 'callrail', 'curious-thing', 'telmetrics', 'varda'];

/** Where a payload of ours is sent to: senders whose body names no event have an address for each. */
function address(provider: ProviderSlug, file: string): string {
  const name = file.replace(/^ours-|^\d+-/, '').replace(/\.json(ish)?$/, '');
  if (provider === 'callrail') return name.replace(/-.*$/, '');
  if (provider !== 'curious-thing') return 'all';
  const event = /(Call|SMS)(Complete|Attempted|Received|Sent)/.exec(name)!;
  return `${event[1]}_${event[2]}`.toLowerCase();
}

let serial = 0;

/**
 * A payload with other texts in its strings. `whole` replaces all of them; otherwise what it takes to be understood stays
 * (its numbers, times, ids and own words for kinds), made unlike every other, so that it comes onto a timeline.
 */
function mutate(body: Json, texts: Texts, whole: boolean): Json {
  const n = ++serial;
  const walk = (value: Json, key: string): Json => {
    if (Array.isArray(value)) return value.map((v) => walk(v, key));
    if (value && typeof value === 'object') {
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, walk(v, k)]));
    }
    const names = /(^|_)ids?$|I[dD]$|^id/.test(key);
    if (typeof value === 'number') return names && !whole ? value + n * 1000 : value;
    if (typeof value !== 'string') return value;
    if (whole) return texts(key);
    if (/^\d{4}-\d\d-\d\d/.test(value)) return value;
    if (/^\+?\d{10,11}$/.test(value)) return value.replace(/\d{3}$/, String(100 + (n % 900)));
    if (names && value) return `${value}-${n}`;
    if (/^(event|Action|eventType|lead_status|current_status|direction|sender_type|status|type)$/.test(key)) {
      return value;
    }
    return texts(key);
  };
  return walk(body, '');
}

async function fill(
  leadtrail: Leadtrail,
  send: (provider: ProviderSlug, to: string, raw: string) => Promise<unknown>,
) {
  for (const provider of PROVIDERS) {
    const source = await leadtrail.add(provider, { region: provider === 'curious-thing' ? 'AU' : 'US' });
    for (const { name, body } of payloads(provider)) {
      const to = source.urls[address(provider, name)];
      if (!to) continue;
      for (const texts of TEXTS) await send(provider, to, JSON.stringify(mutate(body, texts, false)));
      await send(provider, to, JSON.stringify(mutate(body, TEXTS[0]!, true)));
    }
  }
}

/** What a page must never be, whatever it shows. */
async function isSafe(page: Page, where: string) {
  const state = await page.evaluate(() => {
    const all = [...document.querySelectorAll('main *')];
    return {
      ran: 'ran' in window,
      foreign: all
        .filter(
          (e) =>
            /^(SCRIPT|IFRAME|IMG|OBJECT|EMBED|VIDEO|AUDIO|LINK|STYLE|B)$/.test(e.tagName) &&
            !/svelte-|^$/.test(e.className || 'x'),
        )
        .map((e) => e.outerHTML.slice(0, 80)),
      handlers: all.flatMap((e) => e.getAttributeNames().filter((a) => a.startsWith('on'))),
      links: [...document.querySelectorAll('a[href]')]
        .map((a) => (a as HTMLAnchorElement).protocol)
        .filter((p) => !/^https?:$/.test(p)),
      // Marks that turn text around, and control characters, are shown as signs.
      hidden:
        /[\u202a-\u202e\u2066-\u2069\u0000-\u0008\u000e-\u001f\u007f]/.exec(document.body.innerText)?.index ??
        -1,
      wide: document.documentElement.scrollWidth - innerWidth,
    };
  });
  expect
    .soft(state, where)
    .toEqual({ ran: false, foreign: [], handlers: [], links: [], hidden: -1, wide: 0 });
}

test('hostile text in every field of every payload', async ({ page, leadtrail, signIn, watched }) => {
  test.setTimeout(180_000);
  const counts: Record<string, number> = {};
  await fill(leadtrail, async (provider, to, raw) => {
    const answer = await leadtrail.send(to, raw);
    expect([200, 202], `${provider}: ${JSON.stringify(answer)}`).toContain(answer.status);
    const state = `${provider} ${answer.body.status}`;
    counts[state] = (counts[state] ?? 0) + 1;
  });
  // It is not all kept away in quarantine: each sender's text stands on timelines.
  for (const provider of PROVIDERS)
    expect(counts[`${provider} accepted`], JSON.stringify(counts)).toBeGreaterThan(3);

  const images: string[] = [];
  page.on('request', (request) => {
    if (['image', 'media', 'font', 'object', 'script'].includes(request.resourceType()))
      images.push(request.url());
  });
  await signIn('#/leads');
  const answer = await page.reload();
  expect(answer?.headers()['content-security-policy']).toMatch(/default-src 'none'; script-src 'self';/);
  expect((await fetch(`${leadtrail.hooks}/healthz`)).headers.get('content-security-policy')).toContain(
    "default-src 'none'",
  );
  const rows = page.locator('[data-lead]');
  await expect(rows.first()).toBeVisible();
  // Readable: it says what was sent.
  await expect(page.getByText('<script>').first()).toBeVisible();
  await isSafe(page, 'leads');
  const [row] = await rows.evaluateAll((all) => all.map((e) => e.getBoundingClientRect().height));
  expect(row).toBeLessThan(90);

  for (const room of ['calls', 'deliveries', 'sources', 'settings']) {
    await page.evaluate((hash) => (location.hash = hash), `#/${room}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
    await isSafe(page, room);
  }
  for (const lead of await leadtrail.leads()) {
    await page.evaluate((hash) => (location.hash = hash), `#/lead/${lead.id}`);
    await expect(page.locator('.entry').first()).toBeVisible();
    // Everything there is to unfold.
    await page
      .locator('.entry .fold[aria-expanded="false"]')
      .evaluateAll((all) => all.forEach((e) => (e as HTMLElement).click()));
    await isSafe(page, `lead ${lead.id}`);
  }
  for (const delivery of await leadtrail.deliveries()) {
    await page.evaluate((hash) => (location.hash = hash), `#/deliveries/${delivery.id}`);
    await expect(page.locator('.det, .del').getByText('Signature', { exact: true })).toBeVisible();
    await isSafe(page, `delivery ${delivery.id}`);
  }
  // Searched for, in the list and in the palette.
  await page.evaluate(() => (location.hash = '#/leads'));
  await page.keyboard.press('/');
  await page.keyboard.type(MARKUP.slice(0, 60));
  await expect(page.getByRole('group', { name: 'Found' })).toBeVisible();
  await isSafe(page, 'search');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('script');
  await expect(page.getByRole('option').first()).toBeVisible();
  await isSafe(page, 'palette');
  await page.keyboard.press('Escape');

  expect(images.filter((url) => !url.startsWith(`${leadtrail.ui}/assets/`))).toEqual([]);
  expect(watched).toMatchObject({ outside: [], errors: [], dialogs: [] });
});

test('names of a megabyte and halves of characters', async ({ page, leadtrail, signIn }) => {
  const huge = `Very ${'long '.repeat(200_000)}name`;
  const half = 'half \ud83d and \udc00 over';
  const source = await leadtrail.add('varda');
  const tell = (id: number, name: string) =>
    leadtrail.send(
      source.urls.all,
      JSON.stringify({
        event: 'message.created',
        timestamp: '2026-03-25T18:31:00Z',
        data: {
          id,
          conversation_id: id,
          direction: 'inbound',
          sender_type: 'contact',
          sender_name: name,
          content: name,
          channel_type: 'webchat',
          contact: { id, name, phone: `+1404555${1000 + id}` },
        },
      }),
    );
  expect((await tell(1, huge)).status).toBe(200);
  const odd = await tell(2, half);
  expect([200, 202]).toContain(odd.status);
  expect((await tell(3, 'Jane Doe')).status).toBe(200);

  await signIn('#/leads');
  const rows = page.locator('[data-lead]');
  await expect(rows.filter({ hasText: 'Jane Doe' })).toBeVisible();
  await expect(rows.filter({ hasText: 'Very long long' })).toBeVisible();
  await isSafe(page, 'leads');
  for (const lead of await leadtrail.leads()) {
    await page.goto(`${leadtrail.ui}/#/lead/${lead.id}`);
    await expect(page.locator('.entry').first()).toBeVisible();
    await isSafe(page, `lead ${lead.id}`);
    // Cut where it would fill the page; all of it is one click away.
    expect((await page.locator('.tl').innerText()).length).toBeLessThan(20_000);
    const box = await page.getByRole('heading', { level: 1 }).boundingBox();
    expect(box!.height).toBeLessThan(60);
  }
  for (const delivery of await leadtrail.deliveries()) {
    await page.goto(`${leadtrail.ui}/#/deliveries/${delivery.id}`);
    await expect(page.getByText('Signature', { exact: true })).toBeVisible();
    await isSafe(page, `delivery ${delivery.id}`);
  }
});

test('a recording is opened by a click, never fetched', async ({
  page,
  context,
  leadtrail,
  signIn,
  watched,
}) => {
  const source = await leadtrail.add('callrail');
  const [answered] = payloads('callrail').filter((p) => p.name === 'ours-post_call-answered.json');
  const links = [
    'https://recordings.example/a/1',
    'javascript:window.ran=1',
    'file:///etc/passwd',
    'data:text/html,<b>x',
  ];
  for (const [i, recording] of links.entries()) {
    const body = { ...(answered!.body as Record<string, Json>) };
    Object.assign(body, {
      recording,
      recording_player: recording,
      resource_id: `CAL${i}`,
      person_resource_id: `PER${i}`,
      customer_phone_number: `+1404555018${i}`,
      callernum: `+1404555018${i}`,
    });
    expect((await leadtrail.send(source.urls.post_call, body)).body.status).toBe('accepted');
  }
  await signIn('#/leads');
  const calls = await leadtrail.all<Call & { lead_id: number }>('/calls');
  const play = page.getByRole('button', { name: 'Open the recording in your browser or player' });
  for (const call of calls) {
    await page.goto(`${leadtrail.ui}/#/lead/${call.lead_id}`);
    await expect(page.locator('.entry').first()).toBeVisible();
    if (call.recording_url === links[0]) {
      await expect(play).toBeVisible();
      expect(watched.outside).toEqual([]);
      const opened = context.waitForEvent('page');
      await play.click();
      const popup = await opened;
      await expect.poll(() => watched.outside).toEqual([links[0]]);
      expect(await popup.evaluate(() => window.opener)).toBeNull();
      await popup.close();
      watched.outside = [];
    } else {
      await expect(play).toHaveCount(0);
    }
    expect(await page.evaluate(() => 'ran' in window)).toBe(false);
  }
  expect(calls.map((c) => c.recording_url)).toContain(links[0]);
  watched.errors = watched.errors.filter((text) => !/ERR_FAILED/.test(text));
});
