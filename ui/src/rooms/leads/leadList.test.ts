import { beforeEach, describe, expect, it, vi } from 'vitest';

vi.stubGlobal('location', { hash: '' });
vi.stubGlobal('history', { state: null });
vi.stubGlobal('addEventListener', () => undefined);
vi.stubGlobal('document', { addEventListener: () => undefined });
const { api } = await import('../../lib/api');
const { leadList } = await import('./leadList.svelte');

type Page = Awaited<ReturnType<typeof api.leads>>;
const lead = (id: number) => ({ id, name: `Lead ${id}` }) as Page['items'][number];
const page = (ids: number[], next_cursor: string | null): Page => ({
  items: ids.map(lead),
  next_cursor,
  total: 5,
});
const ids = () => leadList.items.map((one) => one.id);
const settled = () => vi.waitFor(() => expect(leadList.loading).toBe(false));

describe('the list of leads', () => {
  beforeEach(async () => {
    vi.spyOn(api, 'leads').mockResolvedValue(page([], null));
    leadList.show({});
    await settled();
  });

  it('a page that could not be read does not end it, and is asked for again', async () => {
    const ask = vi.spyOn(api, 'leads').mockResolvedValueOnce(page([5, 4], 'next'));
    leadList.show({ q: 'a' });
    await settled();
    ask.mockRejectedValueOnce(new Error('busy'));
    await leadList.pages.more();
    expect(ids()).toEqual([5, 4]);
    expect(leadList.pages.ended).toBe(false);
    expect(leadList.pages.error).toBeTruthy();
    ask.mockResolvedValueOnce(page([3, 2, 1], null));
    await leadList.pages.more();
    expect(ids()).toEqual([5, 4, 3, 2, 1]);
    expect(leadList.pages.error).toBeNull();
  });

  it('what could not be read shows no rows of another question', async () => {
    const ask = vi.spyOn(api, 'leads').mockResolvedValueOnce(page([5, 4], null));
    leadList.show({ q: 'b' });
    await settled();
    ask.mockRejectedValueOnce(new Error('busy'));
    leadList.show({ q: 'c' });
    await vi.waitFor(() => expect(leadList.pages.error).toBeTruthy());
    await vi.waitFor(() => expect(ids()).toEqual([]));
    // Whoever comes back to it asks again.
    ask.mockResolvedValueOnce(page([3], null));
    leadList.show({ q: 'c' });
    await vi.waitFor(() => expect(ids()).toEqual([3]));
  });

  it('rows change where they stand, and those that are no more go', async () => {
    vi.spyOn(api, 'leads').mockResolvedValueOnce(page([5, 4, 3], null));
    leadList.show({ q: 'd' });
    await settled();
    leadList.patch(4, { name: 'Ann' });
    expect(leadList.items[1]?.name).toBe('Ann');
    leadList.pages.drop((one) => one.id === 5);
    expect(ids()).toEqual([4, 3]);
    expect(leadList.pages.total).toBe(4);
  });
});
