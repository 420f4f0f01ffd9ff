/** What the program says about itself. */
import { clean, expect, test } from './test';

test('whose work is in it, and on which terms', async ({ page, signIn }) => {
  await signIn('#/settings');
  const opener = page.getByRole('button', { name: 'Third-party notices' });
  await opener.click();
  const notices = page.getByRole('dialog', { name: 'Third-party notices' });
  for (const said of [
    /^rusqlite \d/m,
    /^svelte \d/m,
    /^Inter \(letters of PDF files\)/m,
    /SIL OPEN FONT LICENSE/,
    /Apache License\s+Version 2\.0/,
  ]) {
    await expect.poll(() => notices.innerText()).toMatch(said);
  }
  await clean(page);
  await page.keyboard.press('Escape');
  await expect(notices).toBeHidden();
  await expect(opener).toBeFocused();
});
