/** Every claim carries its source: a click leads to what was sent, when it happened and when it arrived. */
import type { Entry, LeadRow, Timeline } from '../src/lib/api/types';
import { json, stamp, type Json, type Leadtrail } from './leadtrail';
import { expect, open, test, DEMO_NOW } from './test';

const PHONE = '+14045550177';

function varda(event: string, at: string, data: Record<string, Json>): Json {
  const contact = { id: 456, name: 'Jane Doe', email: 'jane@example.com', phone: PHONE };
  return { event, timestamp: at, data: { contact, ...data } };
}

/** Half an hour ago, as told by two services that do not agree; and what else they say about Jane. */
async function twoServices(leadtrail: Leadtrail): Promise<number> {
  const chat = await leadtrail.add('varda');
  const meter = await leadtrail.add('telmetrics');
  const began = stamp(-1800).replace('-00:00', 'Z');
  const ended = stamp(-1800 + 245).replace('-00:00', 'Z');
  const call = {
    id: 42,
    direction: 'inbound',
    status: 'ended',
    disposition: 'completed',
    from_number: PHONE,
    to_number: '+14045550100',
    duration_seconds: 245,
    started_at: began,
    ended_at: ended,
  };
  const sent = [
    varda('contact.created', stamp(-1900).replace('-00:00', 'Z'), {}),
    varda('call.ended', ended, call),
    varda('call.outcome_tagged', ended, {
      id: 15,
      call_session_id: 42,
      outcome_type: 'booked',
      estimated_value_cents: 250000,
      notes: 'Kitchen remodel',
    }),
  ];
  for (const body of sent) {
    expect((await leadtrail.send(chat.urls.all, body)).body).toMatchObject({ status: 'accepted' });
  }
  const processed = json('telmetrics', 'ours-CallProcessed-v5-booked.json');
  const [one] = processed.Notifications as Record<string, Json>[];
  Object.assign(one!, {
    caller_number: PHONE.slice(2),
    start_time: null,
    start_time_utc: stamp(-1790).slice(0, 19),
    registered_DNC: false,
  });
  Object.assign(one!.conversation_analytics as object, {
    dispositions: {},
    lead_outcome: { lead_reason: 'Other', lead: 'false', appointment: 'false', sales: 'false' },
  });
  expect((await leadtrail.send(meter.urls.all, processed)).body).toMatchObject({ status: 'accepted' });
  const leads = await leadtrail.leads();
  expect(leads.map((l) => l.name)).toEqual(['Jane Doe']);
  return leads[0]!.id;
}

test('every entry opens what was sent', async ({ page, leadtrail, signIn }) => {
  const id = await twoServices(leadtrail);
  await signIn(`#/lead/${id}`);
  await expect(page.locator('.entry').first()).toBeVisible();
  for (const fold of await page.locator('.entry .fold[aria-expanded="false"]', { hasText: ' from ' }).all()) {
    await fold.click();
  }
  const links = new Set(
    await page
      .locator('.tl a.raw')
      .evaluateAll((all) => all.map((a) => Number(a.getAttribute('href')!.split('/').pop()))),
  );
  for (const button of await page.locator('.tl button.raw').all()) {
    await button.click();
    const items = page.locator('[popover]:popover-open [role="menuitem"]');
    await expect(items.first()).toBeVisible();
    for (const href of await items.evaluateAll((all) => all.map((a) => a.getAttribute('href')!))) {
      links.add(Number(href.split('/').pop()));
    }
    await page.keyboard.press('Escape');
  }
  const told = (await leadtrail.entries(id)).flatMap((e) => e.deliveries);
  expect([...links].sort()).toEqual([...new Set(told)].sort());

  // There is the body as it came, whose it is, and the way back to the entry.
  await page.locator('.tl a.raw', { hasText: 'Varda' }).first().click();
  await expect(page).toHaveURL(/#\/deliveries\/\d+/);
  const detail = page.getByRole('main');
  await expect(detail.getByText('It is on the timeline', { exact: false })).toBeVisible();
  await expect(detail.getByText('"Jane Doe"').first()).toBeVisible();
  await detail
    .getByRole('link', { name: /^Jane Doe/ })
    .first()
    .click();
  await expect(page.locator('.entry:focus, .entry :focus')).toBeVisible();
});

test('two services that disagree stand side by side, and what came late says so', async ({
  page,
  leadtrail,
  signIn,
}) => {
  const id = await twoServices(leadtrail);
  await signIn(`#/lead/${id}`);
  const fight = page.getByRole('group', { name: 'Two services disagree about this call' }).first();
  await expect(fight).toContainText('Your own outcome settles it.');
  const sides = fight.locator('.two > div');
  await expect(sides).toHaveCount(2);
  await expect(sides.filter({ hasText: 'Varda' })).toContainText('Booked $2,500');
  await expect(sides.filter({ hasText: 'Telmetrics' })).toContainText('Not a lead');
  // Equally large, next to each other.
  const [a, b] = await sides.evaluateAll((all) => all.map((e) => e.getBoundingClientRect().toJSON()));
  expect(Math.abs(a.width - b.width)).toBeLessThan(2);
  expect(a.y).toBe(b.y);

  // Told half an hour after it happened.
  const late = page.locator('.chip.warn', { hasText: 'min late' });
  await expect(late.first()).toHaveText(/^2\d min late$/);
  await expect(late.first()).toHaveAttribute('title', /^Arrived /);

  // The hand of the business settles it, and is named as such.
  await page.keyboard.press('o');
  await page.keyboard.press('f');
  const entry = page.locator('.entry', { hasText: 'tagged by you' });
  await expect(entry).toContainText('Follow up');
});

test('as of: the story as it was known then', async ({ page, demo }) => {
  await page.clock.setFixedTime(DEMO_NOW);
  // Somebody with a long story.
  const leads = await demo.all<LeadRow>('/leads');
  const stories = await Promise.all(leads.slice(0, 40).map((l) => demo.timeline(l.id)));
  const story = stories.reduce((a, b) => (spread(b) > spread(a) ? b : a));
  const known = story.entries.map((e) => e.received_at).sort();
  const at = new Date(known[Math.floor(known.length / 2)]!);
  at.setSeconds(0, 0);
  const before = await demo.api<Timeline>(
    `/leads/${story.lead.id}/timeline?as_of=${encodeURIComponent(at.toISOString())}`,
  );
  expect(before.entries.length).toBeGreaterThan(0);
  expect(before.entries.length).toBeLessThan(story.entries.length);

  await open(page, demo, `#/lead/${story.lead.id}`);
  const ids = (entries: Entry[]) => entries.map((e) => `#en-${e.id}`);
  const gone = story.entries.filter((e) => e.kind === 'call' && !before.entries.some((b) => b.id === e.id));
  await page.getByRole('button', { name: /^As of/ }).click();
  const local = await page.evaluate((iso) => {
    const d = new Date(iso);
    const two = (n: number) => String(n).padStart(2, '0');
    return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
  }, at.toISOString());
  await page.getByLabel('Show what was known by').fill(local);
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page.getByRole('button', { name: /^As of (?!today)/ })).toBeVisible();
  for (const id of ids(gone)) await expect(page.locator(id)).toHaveCount(0);
  for (const id of ids(before.entries.filter((e) => e.kind === 'call')))
    await expect(page.locator(id)).toHaveCount(1);
  await page.getByRole('button', { name: /^As of/ }).click();
  await page.getByRole('button', { name: 'Back to today' }).click();
  for (const id of ids(gone)) await expect(page.locator(id)).toHaveCount(1);

  function spread(t: Timeline): number {
    return new Set(t.entries.filter((e) => e.kind === 'call').map((e) => e.received_at.slice(0, 10))).size;
  }
});

test('one card from ringing to its end, never missed before that', async ({ page, leadtrail, signIn }) => {
  const source = await leadtrail.add('callrail');
  const now = stamp();
  const at = { start_time: now, created_at: now, timestamp: now, datetime: '' };
  const tell = async (event: string, file: string, more: Record<string, Json> = {}) => {
    const answer = await leadtrail.send(source.urls[event], { ...json('callrail', file), ...at, ...more });
    expect(answer.body).toMatchObject({ status: 'accepted' });
  };
  await tell('pre_call', 'ours-pre_call.json');
  const [lead] = await leadtrail.leads();
  await signIn(`#/leads/${lead!.id}`);
  const card = page.locator('.tl .entry');
  await expect(card).toHaveCount(1);
  await expect(card).toContainText('Ringing');
  // From here on every change of the page is looked at.
  await page.evaluate(() => {
    const seen: string[] = [];
    const look = () => {
      if (/missed/i.test(document.body.innerText)) seen.push(document.body.innerText);
    };
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
    look();
    Object.assign(window, { seen });
  });
  await tell('call_routing_complete', 'ours-call_routing_complete.json');
  await expect(card).toContainText('On the line');
  await expect(card).toHaveCount(1);
  expect(await page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual([]);
  await tell('post_call', 'ours-post_call-answered.json');
  await expect(card).toContainText('2:12');
  await expect(card).toHaveCount(1);
  await expect(card).not.toContainText(/Ringing|On the line/);
  expect(await page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual([]);
  const grew = page.getByRole('button', { name: 'How this card grew, 3 messages' });
  await expect(grew).toBeVisible();
});
