import { describe, expect, it } from 'vitest';
import type { Entry } from '../../../lib/api';
import { refreshPages, type PageResponse, type TimelinePage } from './timelinePages';

/** Small ones, so that a long story is a short test. */
const sizes = { first: 10, rest: 200, head: 30 };

/** A story on a server, and what it was asked. */
class Server {
  entries: Entry[] = [];
  asked: { cursor?: string; until?: string; limit: number }[] = [];
  /** Called before the nth answer. */
  meanwhile: ((answers: number) => void) | undefined;

  constructor(many: number) {
    for (let n = 1; n <= many; n++) this.add(n);
  }

  add(n: number, title = `entry ${n}`) {
    const id = String(n).padStart(6, '0');
    this.entries = this.entries.filter((e) => e.id !== id);
    this.entries.push({ id, at: new Date(n * 1000).toISOString(), title } as Entry);
    this.entries.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  remove(n: number) {
    this.entries = this.entries.filter((e) => Number(e.id) !== n);
  }

  ask = async ({
    cursor,
    until,
    limit,
  }: {
    cursor?: string;
    until?: string;
    limit: number;
  }): Promise<PageResponse> => {
    this.meanwhile?.(this.asked.length);
    this.asked.push({ cursor, until, limit });
    const all = this.entries.slice().reverse();
    const behind = (place: string) => all.filter((e) => e.id >= place).length;
    const start = cursor ? behind(cursor) : 0;
    const stop = Math.max(start, until ? behind(until) : all.length);
    const end = Math.min(stop, start + limit);
    const digest = (at: number) =>
      all
        .slice(at)
        .map((e) => `${e.id} ${e.title}`)
        .join();
    return {
      entries: structuredClone(all.slice(start, end)),
      next_cursor: end < stop ? (all[end - 1]?.id ?? null) : null,
      digest: digest(start),
      rest_digest: end < all.length ? digest(end) : null,
    };
  };

  titles = () => this.entries.map((e) => e.title);
}

async function read(server: Server, known: TimelinePage[] = []) {
  server.asked = [];
  const shows: Entry[][] = [];
  const { parts, moved } = await refreshPages(known, server.ask, (entries) => shows.push(entries), sizes);
  return { parts, moved, shows, shown: (shows.at(-1) ?? []).map((e) => e.title) };
}

describe('a long story', () => {
  it('shows its newest entries first and all of them in the end', async () => {
    const server = new Server(500);
    const { shows, shown } = await read(server);
    expect(shows[0]).toHaveLength(sizes.first);
    expect(shows[0]!.at(-1)!.title).toBe('entry 500');
    expect(shown).toEqual(server.titles());
    expect(server.asked).toHaveLength(1 + Math.ceil((500 - sizes.first) / sizes.rest));
  });

  it('is one question while it is short', async () => {
    const server = new Server(9);
    const { parts } = await read(server);
    expect(server.asked).toHaveLength(1);
    server.add(10);
    const { shown } = await read(server, parts);
    expect(shown).toEqual(server.titles());
    expect(server.asked).toHaveLength(1);
  });

  it('takes news in by one question, and leaves the objects of what did not change', async () => {
    const server = new Server(500);
    let { parts, shows } = await read(server);
    const before = shows.at(-1)!;
    for (let n = 501; n <= 515; n++) {
      server.add(n);
      const again = await read(server, parts);
      expect(server.asked).toHaveLength(1);
      expect(again.shown).toEqual(server.titles());
      ({ parts, shows } = again);
    }
    const after = shows.at(-1)!;
    expect(after.slice(0, 500).every((entry, i) => entry === before[i])).toBe(true);
  });

  it('begins a new first part when much came', async () => {
    const server = new Server(100);
    let { parts } = await read(server);
    for (let n = 101; n <= 101 + sizes.head; n++) server.add(n);
    ({ parts } = await read(server, parts));
    const again = await read(server, parts);
    expect(again.shown).toEqual(server.titles());
    expect(server.asked).toHaveLength(2);
    server.add(9000);
    expect((await read(server, again.parts)).shown).toEqual(server.titles());
    expect(server.asked).toHaveLength(1);
  });

  it('reads again only as far as something old changed, came late or vanished', async () => {
    const server = new Server(500);
    let { parts } = await read(server);
    for (const change of [
      () => server.add(450, 'grown'),
      () => server.remove(300),
      () => server.add(10, 'the oldest but nine'),
      () => server.remove(491),
      () => [492, 493, 495].forEach((n) => server.remove(n)),
    ]) {
      change();
      const again = await read(server, parts);
      expect(again.shown).toEqual(server.titles());
      for (const show of again.shows) expect(new Set(show.map((e) => e.id)).size).toBe(show.length);
      ({ parts } = again);
      expect((await read(server, parts)).shown).toEqual(server.titles());
      expect(server.asked).toHaveLength(1);
    }
    server.add(450, 'grown again');
    await read(server, parts);
    expect(server.asked).toHaveLength(2);
  });

  it('says that it has to be looked at once more when it changed while it was read', async () => {
    const server = new Server(500);
    server.meanwhile = (answers) => {
      if (answers === 2) server.add(70, 'changed meanwhile');
    };
    const first = await read(server);
    expect(first.moved).toBe(true);
    server.meanwhile = undefined;
    const again = await read(server, first.parts);
    expect(again.moved).toBe(false);
    expect(again.shown).toEqual(server.titles());
  });

  it('is right after any changes, whatever happens while it is read', async () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    const server = new Server(90);
    let parts: TimelinePage[] = [];
    for (let round = 0; round < 60; round++) {
      const shake = () => {
        const n = 1 + random(140);
        if (random(3)) server.add(n, `round ${round}, ${random(1000)}`);
        else server.remove(n);
      };
      for (let i = random(40); i > 0; i--) shake();
      server.meanwhile = random(2) ? shake : undefined;
      ({ parts } = await read(server, parts));
      server.meanwhile = undefined;
      const settled = await read(server, parts);
      expect(settled.shown).toEqual(server.titles());
      ({ parts } = settled);
    }
  });
});
