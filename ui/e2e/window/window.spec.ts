/** The first steps, and what a window must not do, in the real window. */
import { expect, test as base, type TestInfo } from '@playwright/test';
import { createServer } from 'node:net';
import { Desk, freePort, until, type Window } from './driver';

const test = base.extend<{ desk: Desk }>({
  desk: async ({}, use, info) => {
    const desk = await Desk.open();
    try {
      await use(desk);
      if (info.status !== info.expectedStatus) keep(desk, info, 'failed');
    } finally {
      await desk.close();
    }
  },
});

interface Status {
  first_run: boolean;
  listening: { hooks: string | null };
  counts: { leads: number };
}

const get = <T>(window: Window, path: string) =>
  window.later<T>('return (await fetch(args[0])).json()', path);

function keep(desk: Desk, info: TestInfo, name: string) {
  const file = desk.screenshot(info.outputPath(`${name}.png`));
  if (file) info.attachments.push({ name, path: file, contentType: 'image/png' });
}

test('first run, a source, a test event that arrives by itself, its lead', async ({ desk }, info) => {
  const window = await desk.window(['--hooks', '127.0.0.1:0']);

  await window.see('//h1[normalize-space()="Connect a service"]');
  expect(await window.address()).toMatch(/^app:\/\/localhost\//);
  expect((await get<Status>(window, '/api/status')).first_run).toBe(true);
  keep(desk, info, 'first-run');
  // A page that was loaded again would have forgotten this.
  await window.run('window.stayed = true');

  await window.click('//*[@role="radio"][@data-slug="callrail"]');
  await window.click('//button[contains(normalize-space(), "addresses for CallRail")]');
  await window.see('//*[normalize-space()="Waiting for the first event…"]');
  keep(desk, info, 'addresses');
  await window.click('(//ul//button[starts-with(normalize-space(), "Copy")])[1]');
  await window.see('//ul//button[starts-with(normalize-space(), "Copied")]');

  await window.click('//button[normalize-space()="Send a test event"]');
  await window.see('//*[starts-with(normalize-space(), "The test arrived")]');
  keep(desk, info, 'first-event');

  await window.click('//a[normalize-space()="Open Test Lead"]');
  await window.see('//header//*[contains(@class, "who")][normalize-space()="Test Lead"]');
  await window.see('//main//*[not(*)][contains(., "Incoming call")]');
  keep(desk, info, 'lead');

  // And one from outside, through the public door, while the lead is open.
  const { items } = await get<{ items: { urls: Record<string, string> }[] }>(window, '/api/sources');
  const address = new URL(items[0]!.urls['text_message_received']!);
  const { listening } = await get<Status>(window, '/api/status');
  const answer = await fetch(new URL(address.pathname, listening.hooks!), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resource_id: 'SMSwindow',
      source_number: '+12025550142',
      destination_number: '+12025550100',
      content: 'Can you come on Thursday?',
      timestamp: new Date().toISOString(),
    }),
  });
  expect([answer.status, await answer.json()]).toEqual([
    200,
    expect.objectContaining({ status: 'accepted' }),
  ]);
  await window.see('//main//*[not(*)][contains(., "Can you come on Thursday?")]');
  keep(desk, info, 'arrived');

  expect(await window.run('return window.stayed')).toBe(true);
});

test('the window goes nowhere else, and opens links outside only when asked', async ({ desk }) => {
  const window = await desk.window(['--hooks', '127.0.0.1:0']);
  await window.see('//h1');
  // Where nothing is connected yet, that is where it begins.
  const home = await until('the first page', async () => {
    const at = await window.address();
    return at.endsWith('#/connect') ? at : undefined;
  });

  for (const there of ['https://example.com/', 'http://127.0.0.1:1/', 'file:///etc/passwd']) {
    await window.run('location.href = arguments[0]', there).catch(() => undefined);
    await new Promise((later) => setTimeout(later, 300));
    expect(await window.address(), there).toBe(home);
  }
  expect(await window.run('return window.open("https://example.com/") === null')).toBe(true);

  // What the page is allowed to load is its own alone.
  const policy = await window.later<string>(
    'return (await fetch("/")).headers.get("content-security-policy")',
  );
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain('unsafe');
  const script = `const s = document.createElement('script'); s.textContent = 'window.ran = true';
    document.head.append(s); return window.ran === true`;
  expect(await window.run(script)).toBe(false);

  const open = (url: string) =>
    window.later<number>(
      'return (await fetch("/api/open", { method: "POST", body: JSON.stringify({ url: args[0] }) })).status',
      url,
    );
  for (const bad of ['file:///etc/passwd', 'javascript:alert(1)', '--help', '']) {
    expect(await open(bad), bad).toBe(400);
  }
  expect(desk.links()).toEqual([]);
  expect(await open('https://app.example.com/recording?id=1&x=2')).toBe(200);
  await until('the browser', () => (desk.links()[0] ? true : undefined));
  expect(desk.links()).toEqual(['https://app.example.com/recording?id=1&x=2']);
});

test('an address that is taken: the window opens and says so, and listens once it is free', async ({
  desk,
}) => {
  const port = await freePort();
  const taken = createServer();
  await new Promise<void>((ready) => taken.listen(port, '127.0.0.1', ready));
  try {
    const window = await desk.window(['--hooks', `127.0.0.1:${port}`]);
    await window.see('//h1');
    expect((await get<Status>(window, '/api/status')).listening.hooks).toBeNull();
    await window.run('location.hash = "#/leads"');
    await window.see('//nav//b[normalize-space()="Not listening"]');

    await new Promise((closed) => taken.close(closed));
    const heard = async () => ((await fetch(`http://127.0.0.1:${port}/healthz`)).ok ? true : undefined);
    await until('the door to open', heard);
  } finally {
    taken.close();
  }
});

test('a second start on the same data ends with a plain sentence, and ending is clean', async ({ desk }) => {
  const port = await freePort();
  const first = desk.start(['--hooks', `127.0.0.1:${port}`]);
  const heard = async () => ((await fetch(`http://127.0.0.1:${port}/healthz`)).ok ? true : undefined);
  await until('the door to open', heard, 30);

  const second = desk.start(['--hooks', '127.0.0.1:0']);
  expect(await second.ended).toBe(1);
  expect(second.said.err).toContain('already running');
  expect(second.said.err).not.toContain('panicked');

  first.kill('SIGTERM');
  expect(await first.ended, first.said.err).toBe(0);
  expect(first.said.err).not.toContain('panicked');
});

test('without a display there is a sentence and a way out', async ({ desk }) => {
  for (const display of ['', ':4095']) {
    const program = desk.start([], { DISPLAY: display });
    expect(await program.ended).toBe(1);
    expect(program.said.err).toContain('leadtrail serve');
    expect(program.said.err).not.toContain('panicked');
  }
});
