/** Who is let in by the private port, and that what a browser sends to other ports opens nothing. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, open, test } from './test';

test('a browser without the link is not let in', async ({ page, leadtrail, watched }) => {
  const answer = await page.goto(`${leadtrail.ui}/#/leads`);
  expect(answer?.headers()['content-security-policy']).toContain("default-src 'none'");
  const refused = page.getByText('This browser is not let in yet');
  await expect(refused).toBeVisible();
  await page.goto(`${leadtrail.ui}/?token=guess`);
  await expect(refused).toBeVisible();
  await expect(page).not.toHaveURL(/token/);
  // The browser notes each refusal; nothing else may be noted.
  watched.errors = watched.errors.filter((text) => !/status of 401/.test(text));
});

test('the link is traded for a session, which a restart leaves and a new token ends', async ({
  page,
  context,
  leadtrail,
  watched,
}) => {
  const token = new URL(leadtrail.link).searchParams.get('token') ?? '';
  await page.goto(`${leadtrail.link}#/sources`);
  await expect(page.getByText('No service is connected')).toBeVisible();
  await expect(page).toHaveURL(`${leadtrail.ui}/#/sources`);
  const kept = await page.evaluate(
    () => JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie,
  );
  expect(kept).toContain('leadtrail.session');
  expect(kept).not.toContain(token);
  expect(await context.cookies()).toEqual([]);
  expect(await page.evaluate(() => history.length), 'going back does not find the link').toBeLessThanOrEqual(
    2,
  );

  // Another tab, and after a restart.
  const other = await context.newPage();
  await other.goto(`${leadtrail.ui}/#/sources`);
  await expect(other.getByText('No service is connected')).toBeVisible();
  await leadtrail.halt();
  await leadtrail.serve({ same: true });
  await other.reload();
  await expect(other.getByText('No service is connected')).toBeVisible();

  // A new token lets nobody in who was; the page by its link lets in the others as well.
  await leadtrail.halt();
  await leadtrail.serve({ same: true, options: ['--new-token'] });
  const locked = (tab: typeof page) => tab.getByText('This browser is not let in yet');
  for (const tab of [page, other]) await expect(locked(tab)).toBeVisible({ timeout: 30_000 });
  await other.goto(`${leadtrail.ui}/?token=${token}`);
  await expect(locked(other)).toBeVisible();
  await other.goto(leadtrail.link);
  for (const tab of [page, other]) await expect(locked(tab)).toBeHidden({ timeout: 30_000 });
  await expect(page.getByText('No service is connected')).toBeVisible();
  watched.errors = watched.errors.filter(
    (text) => !/status of 401|ERR_CONNECTION_REFUSED|ERR_EMPTY/.test(text),
  );
});

test('what a browser sends to another port of this machine opens nothing', async ({ browser, leadtrail }) => {
  const heard: IncomingHttpHeaders[] = [];
  const addresses: string[] = [];
  const stranger = createServer((request, answer) => {
    heard.push(request.headers);
    addresses.push(request.url ?? '');
    answer.setHeader('content-type', 'text/html').end('<title>Another program</title>');
  });
  await new Promise<void>((done) => stranger.listen(0, '127.0.0.1', done));
  const elsewhere = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await open(page, leadtrail, '#/leads');
    const session = await page.evaluate(() => localStorage.getItem('leadtrail.session'));
    expect(session).toMatch(/^[0-9a-f]{64}$/);
    // From the page itself, by a link, and by hand.
    await page.evaluate((to) => {
      const link = Object.assign(document.createElement('a'), { href: `${to}/link`, textContent: 'away' });
      document.body.append(link);
      link.click();
    }, elsewhere);
    await page.waitForURL(`${elsewhere}/link`);
    await page.evaluate(
      (to) => fetch(`${to}/fetched`, { credentials: 'include' }).then((a) => a.text()),
      elsewhere,
    );
    await page.goto(`${elsewhere}/by-hand`);
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
    expect(addresses).toEqual(expect.arrayContaining(['/link', '/fetched', '/by-hand']));

    const token = new URL(leadtrail.link).searchParams.get('token') ?? '';
    for (const headers of heard) {
      const said = JSON.stringify(headers);
      expect(said).not.toContain(token);
      expect(said).not.toContain(session);
      expect(headers.cookie).toBeUndefined();
      const sent = Object.entries(headers).filter(([name]) => !/^(host|connection)$/.test(name));
      const again = new Headers(sent.map(([name, value]): [string, string] => [name, String(value)]));
      const answer = await fetch(`${leadtrail.ui}/api/leads`, { headers: again });
      expect([401, 403]).toContain(answer.status);
    }
    // Nor may its pages ask the private door, though the browser is let in there.
    const read = await page.evaluate(
      (ui) =>
        fetch(`${ui}/api/leads`, { credentials: 'include' }).then(
          (answer) => answer.status,
          () => 'refused',
        ),
      leadtrail.ui,
    );
    expect(read).toBe('refused');
  } finally {
    await context.close();
    stranger.closeAllConnections();
    stranger.close();
  }
});
