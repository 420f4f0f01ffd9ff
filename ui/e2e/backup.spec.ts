/** A backup is made, gone back to, and come back from: nothing that was sent is lost on the way. */
import { open as openFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backups } from '../src/lib/api/maintenance';
import type { Leadtrail } from './leadtrail';
import { callOf, JONAS, KAYLAH, PRIYA, tell } from './people';
import { expect, test } from './test';

const names = async (leadtrail: Leadtrail) => (await leadtrail.leads()).map((l) => l.name).sort();
/** The name of the file that holds everything. */
const dataFile = async (leadtrail: Leadtrail) =>
  (await readdir(leadtrail.folder)).find((name) => /\.(sqlite3?|db)$/.test(name))!;

test('backup, restore, and back again', async ({ page, leadtrail, signIn }) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(KAYLAH));

  // Made by hand, in sight.
  await signIn('#/settings');
  await page.getByRole('link', { name: 'Backups' }).click();
  await page.getByRole('button', { name: 'Back up now' }).click();
  await expect(page.locator('.toast').filter({ hasText: 'Backed up, ' })).toBeVisible();
  const rows = page.getByRole('list', { name: 'Backups, newest first' }).getByRole('listitem');
  const byHand = rows.filter({ hasText: 'By hand' });
  await expect(byHand).toHaveCount(1);

  // Since then: somebody called, and the owner wrote something down.
  await tell(leadtrail, source, callOf(JONAS, -200));
  const [kaylah] = (await leadtrail.leads()).filter((l) => l.name === KAYLAH.name);
  await leadtrail.api(`/leads/${kaylah!.id}/actions`, {
    method: 'POST',
    body: { type: 'note', text: 'Wants oak instead' },
  });

  // What it means is said before it is done; Esc leaves everything as it is. All of it without a mouse.
  const restore = byHand.getByRole('button', { name: /^Restore…/ });
  await restore.focus();
  await page.keyboard.press('Enter');
  const asked = page.getByRole('group', { name: /^Go back to/ });
  await expect(asked.getByText('The backup is checked first.', { exact: false })).toBeVisible();
  await expect(
    asked.getByText('is kept as a backup of its own in this list', { exact: false }),
  ).toBeVisible();
  await expect(
    asked.getByText('What services sent since then is carried over', { exact: false }),
  ).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(asked).toBeHidden();
  await expect(restore).toBeFocused();
  await page.keyboard.press('Enter');
  await asked.getByRole('button', { name: 'Restore', exact: true }).click();
  const toast = page.locator('.toast').filter({ hasText: 'Restored.' });
  await expect(toast).toContainText('1 delivery that came since was carried over.');
  await expect(rows.filter({ hasText: 'Before a restore' })).toHaveCount(1);
  // What closed gave the focus back.
  await expect(restore).toBeFocused();

  // The call that came since is there, the note is not, and the door takes in what comes now.
  expect(await names(leadtrail)).toEqual([JONAS.name, KAYLAH.name]);
  const notes = async () =>
    (await leadtrail.entries(kaylah!.id)).flatMap((e) => (e.kind === 'note' ? [e.note.text] : []));
  expect(await notes()).toEqual([]);
  await tell(leadtrail, source, callOf(PRIYA, -100));
  expect(await names(leadtrail)).toEqual([JONAS.name, KAYLAH.name, PRIYA.name]);

  // The window shows the file that is in use, without being loaded again.
  await page
    .getByRole('link', { name: /^Leads/ })
    .first()
    .click();
  const fresh = page.getByRole('button', { name: /1 new/ });
  await expect(async () => {
    // A lead that comes while the list is open waits behind a button.
    if (await fresh.isVisible()) await fresh.click();
    expect(await page.locator('[data-lead]').count()).toBe(3);
  }).toPass();

  // And back: the note is there again, and still nobody is missing.
  // The whole file is swapped by this button alone, never by a key that is meant for something smaller.
  await page.keyboard.press('Control+z');
  await expect(page.locator('.toast').filter({ hasText: 'Nothing to undo' })).toBeVisible();
  expect(await notes()).toEqual([]);
  await toast.getByRole('button', { name: 'Undo the restore' }).click();
  await expect(page.locator('.toast').filter({ hasText: 'The restore was undone' })).toBeVisible();
  expect(await notes()).toEqual(['Wants oak instead']);
  expect(await names(leadtrail)).toEqual([JONAS.name, KAYLAH.name, PRIYA.name]);

  // A backup can be deleted, after a word of warning in its place.
  await page.goto(`${leadtrail.ui}/#/settings/backups`);
  await byHand.getByRole('button', { name: /^Delete/ }).click();
  await byHand.getByRole('button', { name: 'Keep', exact: true }).click();
  await expect(byHand).toHaveCount(1);
  await byHand.getByRole('button', { name: /^Delete/ }).click();
  await byHand.getByRole('button', { name: 'Delete it' }).click();
  await expect(byHand).toHaveCount(0);
});

test('what going back means is in sight with its buttons, and what cannot be gone back to offers none', async ({
  page,
  leadtrail,
  watched,
  signIn,
}) => {
  await tell(leadtrail, await leadtrail.add('callrail'), callOf(KAYLAH));
  await leadtrail.backUp();
  await page.setViewportSize({ width: 900, height: 600 });
  await signIn('#/settings/backups');
  const open = page.getByRole('button', { name: /^Restore…/ }).first();
  await open.click();
  const asked = page.getByRole('group', { name: /^Go back to/ });
  await expect(asked.getByText('1 delivery and 1 service')).toBeVisible();
  await expect(asked.getByRole('heading')).toBeInViewport({ ratio: 1 });
  for (const name of ['Restore', 'Cancel'])
    await expect(asked.getByRole('button', { name, exact: true })).toBeInViewport({ ratio: 1 });
  await asked.getByRole('button', { name: 'Cancel' }).click();
  await expect(open).toBeFocused();

  // One that cannot be read is told about, and there is nothing to press.
  const detail = 'This backup is broken and cannot be gone back to.';
  await page.route(/\/api\/backups\/[^/]+$/, (route) =>
    route.fulfill({ status: 409, json: { title: 'Broken', detail, code: 'conflict' } }),
  );
  await open.click();
  await expect(asked.getByText(detail)).toBeVisible();
  await expect(asked.getByText('Nothing was changed.')).toBeVisible();
  await expect(asked.getByRole('button', { name: 'Restore', exact: true })).toHaveCount(0);
  await asked.getByRole('button', { name: 'Cancel' }).click();
  watched.errors = watched.errors.filter((text) => !/status of 409/.test(text));
});

test('the folder, how many are kept, and whether they are made at all', async ({
  page,
  leadtrail,
  signIn,
  watched,
}) => {
  const said = (text: string | RegExp) => page.locator('.toast').filter({ hasText: text });
  await signIn('#/settings/backups');
  const folder = page.getByRole('textbox', { name: 'Folder' });
  const first = await folder.inputValue();
  // A file is no folder: said in its place, and nothing changes.
  await folder.fill(join(leadtrail.folder, await dataFile(leadtrail)));
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert').filter({ hasText: /\S/ })).toBeVisible();
  expect((await leadtrail.api<Backups>('/backups')).folder).toBe(first);
  await folder.press('Escape');
  await expect(folder).toHaveValue(first);

  const weekly = page.getByRole('textbox', { name: 'weekly' });
  await weekly.fill('8');
  await weekly.press('Tab');
  await expect(said('Kept from the next backup on')).toBeVisible();
  expect((await leadtrail.api<Backups>('/backups')).keep.weekly).toBe(8);
  await page.getByRole('button', { name: /^Undo/ }).click();
  await expect(weekly).toHaveValue('5');

  await page.getByRole('switch', { name: 'Back up by itself' }).click();
  await expect(said('No backups are made by themselves')).toBeVisible();
  expect((await leadtrail.api<Backups>('/backups')).on).toBe(false);
  // The folder that is none was refused on purpose.
  watched.errors = watched.errors.filter((text) => !/status of 422/.test(text));
});

test('a damaged file: what it means, and a way out', async ({ page, leadtrail, signIn, watched }) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(KAYLAH));
  await leadtrail.backUp();
  await tell(leadtrail, source, callOf(JONAS, -200));
  await leadtrail.halt();

  // Bytes in the middle of the file turn over.
  const disk = await openFile(join(leadtrail.folder, await dataFile(leadtrail)), 'r+');
  const { size } = await disk.stat();
  for (let at = 4096 * 2; at < size; at += 4096 * 3) await disk.write(Buffer.alloc(512, 0x5a), 0, 512, at);
  await disk.close();

  await leadtrail.serve();
  await signIn('#/leads');
  await expect(page.getByRole('heading', { name: 'The file is damaged' })).toBeVisible();
  await expect(page.getByRole('radio', { name: 'Go back to a backup' })).toBeChecked();
  await expect(page.getByRole('radio', { name: 'Save what can still be read' })).toBeVisible();
  // A sender is told to come again, not that it was taken.
  const turned = await fetch(source.urls.post_call!.replace(/^http:\/\/[^/]+/, leadtrail.hooks), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(callOf(PRIYA)),
  });
  expect(turned.status).toBe(503);
  expect(turned.headers.get('retry-after')).toBeTruthy();

  await page.getByRole('button', { name: 'Go back to it' }).click();
  await expect(page.getByRole('heading', { name: 'Leadtrail works again' })).toBeVisible();
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.locator('[data-lead]').filter({ hasText: KAYLAH.name })).toBeVisible();
  // Other addresses of the API have nothing to say while the file is damaged.
  watched.errors = watched.errors.filter((text) => !/status of 5\d\d/.test(text));
});

test('a missing file: the backup that is there, and an empty one only on purpose', async ({
  page,
  leadtrail,
  signIn,
  watched,
}) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(KAYLAH));
  await leadtrail.backUp();
  await leadtrail.halt();
  for (const end of ['', '-wal', '-shm'])
    await rm(join(leadtrail.folder, `leadtrail.sqlite${end}`), { force: true });

  await leadtrail.serve();
  await signIn('#/leads');
  await expect(page.getByRole('heading', { name: 'The file is missing' })).toBeVisible();
  await expect(page.getByRole('radio', { name: 'Go back to a backup' })).toBeChecked();
  await expect(page.getByRole('radio', { name: 'Save what can still be read' })).toHaveCount(0);
  await expect(page.getByRole('radio', { name: 'Go on with this file as it is' })).toHaveCount(0);
  const empty = page.getByRole('radio', { name: 'Begin with an empty file' });
  await empty.check();
  await expect(page.getByRole('button', { name: 'Begin empty' })).toBeVisible();
  await page.getByRole('radio', { name: 'Go back to a backup' }).check();
  await page.getByRole('button', { name: 'Go back to it' }).click();
  await expect(page.getByRole('heading', { name: 'Leadtrail works again' })).toBeVisible();
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.locator('[data-lead]').filter({ hasText: KAYLAH.name })).toBeVisible();
  watched.errors = watched.errors.filter((text) => !/status of 5\d\d/.test(text));
});

test('a file that is taken away while the window is open is told on every page until it is back', async ({
  page,
  leadtrail,
  signIn,
  watched,
}) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(KAYLAH));
  await signIn('#/leads');
  await expect(page.locator('[data-lead]').filter({ hasText: KAYLAH.name })).toBeVisible();
  const file = join(leadtrail.folder, 'leadtrail.sqlite');
  await rename(file, `${file}.away`);
  const banner = page.getByRole('complementary', { name: 'Trouble' });
  await expect(banner).toContainText('The data file was moved or deleted while Leadtrail was running');
  await banner.getByRole('link', { name: 'See what to do' }).click();
  await expect(page.getByText('The data file is not in its place')).toBeVisible();
  await expect(
    page.getByText('Move it back, and Leadtrail goes on by itself.', { exact: false }),
  ).toBeVisible();
  await rename(`${file}.away`, file);
  await expect(banner).toBeHidden();
  await tell(leadtrail, source, callOf(JONAS, -200));
  expect(await names(leadtrail)).toEqual([JONAS.name, KAYLAH.name]);
  watched.errors = watched.errors.filter((text) => !/status of 5\d\d/.test(text));
});
