import { describe, expect, it } from 'vitest';
import type { Page } from './api';
import { Paged } from './paged.svelte';

interface Row {
  id: number;
  word?: string;
}

/** A list on a server: newest first, three a page. */
function server(newest: number) {
  const it = { rows: Array.from({ length: newest }, (_, i): Row => ({ id: newest - i })), fail: false };
  const fetch = ({ cursor }: { cursor?: string }): Promise<Page<Row>> => {
    if (it.fail) return Promise.reject(new Error('no'));
    const from = cursor ? it.rows.findIndex((r) => r.id < Number(cursor)) : 0;
    const items = it.rows.slice(from, from + 3);
    const last = items[items.length - 1];
    const more = last !== undefined && from + 3 < it.rows.length;
    return Promise.resolve({ items, next_cursor: more ? String(last.id) : null, total: it.rows.length });
  };
  return { it, pages: new Paged<Row>(fetch, 3) };
}
const ids = (pages: Paged<Row>) => pages.items.map((r) => r.id);

describe('Paged', () => {
  it('reads page by page to the end, each row once', async () => {
    const { pages } = server(7);
    await pages.load();
    while (!pages.ended) await pages.more();
    expect(ids(pages)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(pages.total).toBe(7);
  });

  it('keeps news waiting until they are asked for', async () => {
    const { it: at, pages } = server(5);
    await pages.load();
    await pages.more();
    at.rows.unshift({ id: 6 });
    await pages.peek(false);
    expect(ids(pages)).toEqual([5, 4, 3, 2, 1]);
    expect(pages.waiting).toBe(1);
    pages.showWaiting();
    expect(ids(pages)).toEqual([6, 5, 4, 3, 2, 1]);
    expect(pages.waiting).toBe(0);
  });

  it('changes rows in place while news wait', async () => {
    const { it: at, pages } = server(3);
    await pages.load();
    at.rows[1] = { id: 2, word: 'grown' };
    await pages.peek(false);
    expect(pages.items[1]?.word).toBe('grown');
    expect(pages.waiting).toBe(0);
  });

  it('begins anew when more came than a page holds', async () => {
    const { it: at, pages } = server(4);
    await pages.load();
    for (let id = 5; id <= 10; id++) at.rows.unshift({ id });
    await pages.peek(true);
    expect(ids(pages)).toEqual([10, 9, 8]);
    while (!pages.ended) await pages.more();
    expect(ids(pages)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  it('keeps what it shows when a read fails, and goes on from there', async () => {
    const { it: at, pages } = server(5);
    await pages.load();
    at.fail = true;
    await pages.more();
    expect(ids(pages)).toEqual([5, 4, 3]);
    expect(pages.error).not.toBeNull();
    at.fail = false;
    await pages.more();
    expect(ids(pages)).toEqual([5, 4, 3, 2, 1]);
    expect(pages.error).toBeNull();
  });

  it('lets a later question win over an earlier one', async () => {
    let word = 'first';
    const waits: (() => void)[] = [];
    const pages = new Paged<Row>((_paging, signal) => {
      const mine = word;
      return new Promise((done, fail) => {
        signal.addEventListener('abort', () => fail(new DOMException('', 'AbortError')));
        waits.push(() => done({ items: [{ id: 1, word: mine }], next_cursor: null, total: null }));
      });
    });
    const one = pages.load();
    word = 'second';
    const two = pages.load();
    waits.reverse().forEach((go) => go());
    await Promise.all([one, two]);
    expect(pages.items[0]?.word).toBe('second');
  });
});
