/** A search leads to the words: what folds them opens, they are marked, and they are in view. */
import { callOf, KAYLAH, tell } from './people';
import { json, stamp, type Json } from './leadtrail';
import { expect, test } from './test';

const TALK = Array.from({ length: 24 }, (_, i) => ({
  speaker: i % 2 ? 'agent' : 'caller',
  phrase: i === 19 ? 'The damson preserve is in the cellar.' : `Sentence number ${i} about the house.`,
  start: i * 5,
}));

test('words in a folded transcript, a text, a form and a note', async ({ page, leadtrail, signIn }) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  const base = callOf(KAYLAH, -7200) as Record<string, Json>;
  await tell(leadtrail, source, { ...base, conversational_transcript: TALK });
  // Newer calls, so that the one with the words is folded and far down.
  for (let n = 0; n < 8; n++) await tell(leadtrail, source, callOf(KAYLAH, -3600 + n * 120));
  const filler = 'All of it is about the garden and the gate. '.repeat(40);
  await leadtrail.send(source.urls.text_message_received, {
    ...json('callrail', 'text_message_received-1.json'),
    source_number: KAYLAH.phone,
    timestamp: stamp(-9000),
    content: `${filler} The quince hedge as well.`,
  });
  await leadtrail.send(source.urls.form_submission, {
    ...json('callrail', 'form_submission-1.json'),
    submitted_at: stamp(-9500),
    form_data: { Name: KAYLAH.name, Phone: KAYLAH.phone, Message: `${filler} Also a medlar tree.` },
  });
  const [lead] = (await leadtrail.leads()).filter((l) => l.name === KAYLAH.name);
  await leadtrail.api(`/leads/${lead!.id}/actions`, {
    method: 'POST',
    body: { type: 'note', text: `${filler.repeat(2)} Prefers Crème brûlée.` },
  });
  await signIn('#/leads');
  const look = async (words: string, marked: string) => {
    await page.keyboard.press('/');
    await page.keyboard.type(words);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/#\/lead\/\d+\?entry=/);
    const mark = page.locator('mark.found', { hasText: marked }).first();
    await expect(mark).toBeVisible();
    await expect(mark).toBeInViewport();
    await expect(page.locator('[data-entry]:focus')).toContainText(marked);
    await page.keyboard.press('Escape');
    await expect(page.locator('.hitrow').first()).toBeFocused();
  };
  await look('damson preserve', 'damson');
  await look('quince hedge', 'quince');
  await look('medlar', 'medlar');
  // The beginning of a word, and without its accents.
  await look('creme brul', 'brûlée');
});

test('without a hit nothing opens and the search has the focus', async ({ page, leadtrail, signIn }) => {
  const source = await leadtrail.add('callrail', { name: 'CallRail' });
  await tell(leadtrail, source, callOf(KAYLAH));
  await signIn('#/leads');
  await expect(page.locator('[data-lead]')).toHaveCount(1);
  await page.keyboard.press('/');
  await page.keyboard.type('zyzzyva');
  await page.keyboard.press('Enter');
  await expect(page.getByText('No lead matches “zyzzyva”')).toBeVisible();
  await expect(page.getByRole('searchbox', { name: 'Search leads' })).toBeFocused();
});
