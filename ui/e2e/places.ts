/** Every screen there is: where it is, and what has to be there before it is looked at. */
import type { Page as Tab } from '@playwright/test';
import type { Call, Delivery, Page } from '../src/lib/api/types';
import type { Leadtrail } from './leadtrail';
import { expect } from './test';

export interface Screen {
  name: string;
  at: string;
  /** What has to be there before it is measured. */
  there: string;
  /** What is opened on it, at each width anew. */
  act?: (page: Tab) => Promise<unknown>;
}

export const MARCH = 'from=2026-03-01&to=2026-03-26';

/** A screen that does not come is one finding, not the end of the list. */
export const SOON = { timeout: 20_000 };
const press = (name: string | RegExp) => async (page: Tab) => {
  await page.getByRole('main').getByRole('button', { name }).first().click(SOON);
  await expect(page.locator(':popover-open')).toHaveCount(1);
};

/** Every screen of the program, as the sample month shows it. */
export async function screens(demo: Leadtrail): Promise<Screen[]> {
  const calls = await demo.all<Call & { lead_id: number }>('/calls');
  const talk = calls.reduce((a, b) => (b.transcript.length > a.transcript.length ? b : a));
  const leads = await demo.leads();
  const stop = leads.find((l) => l.do_not_contact)!;
  const texts = leads.reduce((a, b) => (b.messages > a.messages ? b : a));
  const dear = leads.reduce((a, b) => ((b.value_cents ?? 0) > (a.value_cents ?? 0) ? b : a));
  const first = async (state: string) =>
    (await demo.api<Page<Delivery>>(`/deliveries?state=${state}&limit=1`)).items[0]!.id;
  const lead = `#/lead/${talk.lead_id}`;
  const entry = 'main .entry';
  const row = '[data-lead]';
  const ledger = '.lrow';
  return [
    { name: 'leads', at: '#/leads', there: row },
    { name: 'leads: filter', at: '#/leads', there: row, act: press('Filter') },
    { name: 'leads: sort', at: '#/leads', there: row, act: press(/^Sort/) },
    { name: 'leads: who needs me', at: '#/leads?view=needs', there: row },
    { name: 'leads: booked', at: '#/leads?view=booked', there: row },
    { name: 'a lead beside the list', at: `#/leads/${dear.id}`, there: entry },
    { name: 'search: words', at: '#/leads?q=quote&in=words', there: '.hitrow' },
    { name: 'search: leads', at: '#/leads?q=an', there: row },
    { name: 'search: nobody', at: '#/leads?q=qqqqq', there: '.empty' },
    { name: 'lead', at: lead, there: entry },
    {
      name: 'lead: everything unfolded',
      at: lead,
      there: entry,
      act: (page) =>
        page.locator('.entry .fold[aria-expanded="false"]').evaluateAll((all) => {
          for (const one of all) (one as HTMLElement).click();
        }),
    },
    { name: 'lead: outcome', at: lead, there: entry, act: press(/^Outcome/) },
    { name: 'lead: why one person', at: lead, there: entry, act: press('Why one person?') },
    { name: 'lead: as of', at: lead, there: entry, act: press(/^As of/) },
    { name: 'lead: tags', at: lead, there: entry, act: press(/tag/i) },
    {
      name: 'lead: note',
      at: lead,
      there: entry,
      act: async (page) => {
        await page.getByRole('main').getByRole('button', { name: 'Note' }).first().click(SOON);
        await expect(page.getByRole('textbox', { name: 'Note' })).toBeFocused();
      },
    },
    {
      name: 'lead: erasing',
      at: lead,
      there: entry,
      act: async (page) => {
        await page.getByRole('button', { name: 'More', exact: true }).click(SOON);
        await page.getByRole('menuitem', { name: 'Erase this person…' }).click(SOON);
        await expect(page.getByRole('dialog')).toContainText('Past reports keep their totals.', SOON);
      },
    },
    { name: 'lead: many texts', at: `#/lead/${texts.id}`, there: entry },
    { name: 'lead: do not contact', at: `#/lead/${stop.id}`, there: entry },
    { name: 'lead: none', at: '#/lead/999999', there: '.empty' },
    { name: 'calls', at: '#/calls', there: ledger },
    { name: 'calls: missed', at: '#/calls?state=missed', there: ledger },
    { name: 'calls: none', at: '#/calls?q=qqqqq', there: '.empty' },
    { name: 'reports', at: `#/reports?${MARCH}`, there: '.heat a' },
    {
      name: 'reports: other dates',
      at: `#/reports?${MARCH}`,
      there: '.heat a',
      act: press('Choose other dates'),
    },
    {
      name: 'reports: compared with',
      at: `#/reports?${MARCH}`,
      there: '.heat a',
      act: press(/^Compared with/),
    },
    {
      name: 'reports: sources',
      at: `#/reports?${MARCH}`,
      there: '.heat a',
      act: press('All sources, all reps'),
    },
    { name: 'reports: export', at: `#/reports?${MARCH}`, there: '.heat a', act: press(/^Export/) },
    {
      name: 'reports: rows of a figure',
      at: `#/reports?${MARCH}&figure=calls.in`,
      there: '.drawer [data-at]',
    },
    { name: 'reports: files', at: '#/reports/exports', there: 'main h1' },
    { name: 'reports: a new saved report', at: '#/reports/saved', there: 'main h1' },
    { name: 'deliveries', at: '#/deliveries', there: ledger },
    { name: 'deliveries: source', at: '#/deliveries', there: ledger, act: press(/source/i) },
    { name: 'deliveries: quarantine', at: '#/deliveries?state=quarantined', there: ledger },
    ...(await Promise.all(
      ['processed', 'duplicate', 'repaired', 'quarantined'].map(async (state) => ({
        name: `delivery: ${state}`,
        at: `#/deliveries/${await first(state)}`,
        there: 'text=Signature',
      })),
    )),
    { name: 'gaps', at: '#/deliveries/gaps', there: 'main h1' },
    { name: 'imports', at: '#/deliveries/import', there: 'text=Drop an export here' },
    { name: 'sources', at: '#/sources', there: 'main h1' },
    { name: 'a source', at: '#/sources/2', there: 'text=Details' },
    { name: 'sources: add', at: '#/sources/new', there: 'text=Add a source' },
    { name: 'connect another', at: '#/connect?provider=meera', there: 'main h1' },
    {
      name: 'connect: how to get an address',
      at: '#/connect?provider=callrail',
      there: 'main h1',
      act: async (page) => {
        await page
          .getByRole('main')
          .getByRole('button', { name: /^How to get one/ })
          .click(SOON);
        await expect(page.getByRole('dialog')).toBeVisible(SOON);
      },
    },
    ...['', 'business', 'reach', 'backups', 'erasing', 'health'].map((section) => ({
      name: `settings: ${section || 'general'}`,
      at: `#/settings${section ? `/${section}` : ''}`,
      there: section === 'backups' ? 'main li' : section === 'health' ? 'main li' : 'main h2',
    })),
    {
      name: 'settings: third-party notices',
      at: '#/settings',
      there: 'main h2',
      act: async (page) => {
        await page.getByRole('button', { name: 'Third-party notices' }).click(SOON);
        await expect(page.getByRole('dialog').getByText('The work of others is in it')).toBeVisible(SOON);
      },
    },
    {
      name: 'settings: going back to a backup',
      at: '#/settings/backups',
      there: 'main li',
      act: async (page) => {
        if (await page.getByRole('group', { name: /^Go back to/ }).isVisible()) return;
        await page
          .getByRole('button', { name: /^Restore…/ })
          .first()
          .click(SOON);
        await expect(page.getByRole('group', { name: /^Go back to/ })).toBeVisible();
      },
    },
    {
      name: 'palette',
      at: '#/leads',
      there: row,
      act: async (page) => {
        await page.keyboard.press('Control+k');
        await page.keyboard.type('qu');
        await expect(page.getByRole('option').nth(2)).toBeVisible();
      },
    },
    {
      name: 'keys',
      at: '#/leads',
      there: row,
      act: async (page) => {
        await page.keyboard.press('?');
        await expect(page.getByRole('dialog', { name: 'All keys' })).toBeVisible();
      },
    },
    { name: 'no such page', at: '#/nowhere', there: '.empty' },
  ];
}
