/** A figure is written once, by the program: the window and the HTML file show the words of its cell, and no others. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page as Tab } from '@playwright/test';
import type { Cell, Report } from '../src/lib/api/reports';
import { DEMO_NOW, expect, open, test } from './test';

const MARCH = 'from=2026-03-01&to=2026-03-26';

/** What may be read of each figure: its text, or what it was. */
function texts(report: Report): Record<string, string[]> {
  const out: Record<string, Set<string>> = {};
  const put = (cell: Cell) => {
    const all = (out[cell.figure] ??= new Set());
    all.add(cell.text);
    if (cell.was_text) all.add(cell.was_text);
    if (cell.of_figure) (out[cell.of_figure] ??= new Set()).add(String(cell.of));
  };
  for (const one of report.headlines) put(one.cell);
  for (const sum of report.sums) [sum.total, ...sum.parts.map((part) => part.cell)].forEach(put);
  for (const table of report.sections.flatMap((section) => section.tables))
    for (const row of [...table.rows, ...(table.total ? [table.total] : [])]) row.cells.forEach(put);
  return Object.fromEntries(Object.entries(out).map(([figure, all]) => [figure, [...all]]));
}

/** Figures on the page that read otherwise than their cell. A figure may have a word behind it: "12 spam". */
const wrong = (page: Tab, said: Record<string, string[]>) =>
  page.locator('[data-figure]').evaluateAll((all, said) => {
    const out: string[] = [];
    let seen = 0;
    for (const one of all) {
      const figure = one.getAttribute('data-figure') ?? '';
      // Within a bar or a tile the number has a place of its own; hours without calls show none.
      const number = one.querySelector('.n, .num, .kv2') ?? one;
      const text = (number.textContent ?? '').trim();
      if (!text) continue;
      seen++;
      const may = said[figure] ?? [];
      if (!may.some((one) => text === one || text.startsWith(`${one} `)))
        out.push(`${figure}: ${text} (${may})`);
    }
    return { out, seen };
  }, said);

test('the window shows the words of each cell', async ({ page, demo }) => {
  const said = texts(await demo.api<Report>(`/reports/overview?${MARCH}`));
  await page.clock.setFixedTime(DEMO_NOW);
  await open(page, demo, `#/reports?${MARCH}`);
  await expect(page.locator('.heat a').first()).toBeVisible();
  const drawn = await wrong(page, said);
  expect(drawn.out).toEqual([]);
  expect(drawn.seen).toBeGreaterThan(150);
  const tables = page.getByRole('button', { name: /^Show as table/ });
  while (await tables.count()) await tables.first().click();
  await expect(page.getByRole('table', { name: 'Time to the first answer' })).toBeVisible();
  const asTables = await wrong(page, said);
  expect(asTables.out).toEqual([]);
  expect(asTables.seen).toBeGreaterThan(300);
  // What it was, and how it moved.
  const report = await demo.api<Report>(`/reports/overview?${MARCH}`);
  for (const [n, one] of report.headlines.entries()) {
    const tile = page.locator('.kpi').nth(n);
    await expect(tile).toContainText(`was ${one.cell.was_text}`);
    if (one.cell.change) await expect(tile).toContainText(one.cell.change);
  }
});

test('the HTML file shows the words of each cell', async ({ demo, browser }) => {
  const folder = mkdtempSync(join(tmpdir(), 'leadtrail-texts-'));
  const alone = await browser.newContext({ offline: true });
  try {
    const { address } = await demo.api<{ address: string }>('/tickets', {
      method: 'POST',
      body: { address: `/api/reports/overview?${MARCH}&format=html` },
    });
    const answer = await fetch(demo.ui + address);
    const file = join(folder, 'report.html');
    writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
    const paper = await alone.newPage();
    await paper.goto(`file://${file}`);
    await expect(paper.locator('.kpi').first()).toBeVisible();
    const report = await demo.api<Report>(`/reports/overview?${MARCH}`);
    const { out, seen } = await wrong(paper, texts(report));
    expect(out).toEqual([]);
    expect(seen).toBeGreaterThan(500);
    for (const [n, one] of report.headlines.entries()) {
      const said = [one.label, one.cell.text, one.cell.change ?? '', `was ${one.cell.was_text}`];
      for (const text of said) await expect(paper.locator('.kpi').nth(n)).toContainText(text);
    }
    // Behind a figure: lengths, numbers and amounts as the program writes them.
    const rows = await demo.api<{ items: { text: { phone?: string; duration?: string } }[] }>(
      `/reports/overview/rows?${MARCH}&figure=calls.answered&limit=1`,
    );
    await paper.locator('[data-figure="calls.answered"]').first().click();
    const first = paper.getByRole('dialog').locator('tbody tr').first();
    for (const text of [rows.items[0]!.text.phone, rows.items[0]!.text.duration])
      await expect(first).toContainText(text!);
  } finally {
    await alone.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
