import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

/** A server that is there or not, what it was asked, and a page somebody looks at. */
let isUp: boolean;
let asked: { path: string; at: number }[];
let answer: (path: string) => unknown;
let waiting: (() => void)[];
const page = new EventTarget();
const settings = { business: { time_zone: null, system_time_zone: 'UTC' } };
const isZone = (path: string) => path.startsWith('/api/zones');

beforeEach(() => {
  vi.useFakeTimers();
  vi.resetModules();
  isUp = true;
  asked = [];
  waiting = [];
  const visible = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  vi.stubGlobal('document', visible);
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  vi.stubGlobal('fetch', async (path: string) => {
    if (isUp && isZone(path)) return new Response('{"offsets":[]}');
    asked.push({ path, at: Date.now() });
    if (!isUp) throw new TypeError('Failed to fetch');
    if (/after=/.test(path)) {
      await new Promise<void>((done, gone) =>
        waiting.push(() => (isUp ? done() : gone(new TypeError('Failed to fetch')))),
      );
    }
    const body = answer(path);
    const status = body === 401 ? 401 : 200;
    return new Response(JSON.stringify(body), { status });
  });
  answer = () => ({
    seq: 7,
    leads: [],
    sources: [],
    exports: [],
    deliveries: 0,
    reset: false,
    snapshot: { status: { seq: 7, version: '1', settings }, sources: { items: [{ id: 1 }] } },
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const started = async () => {
  const { app } = await import('./app.svelte');
  const news: { back?: boolean; reset: boolean }[] = [];
  app.onChange((change) => void news.push(change));
  void app.start();
  await vi.advanceTimersByTimeAsync(0);
  return { app, news };
};
const goes = async () => {
  isUp = false;
  for (const one of waiting.splice(0)) one();
  await vi.advanceTimersByTimeAsync(0);
};

describe('the page and its server', () => {
  it('asks one question for how everything stands, and one for what comes next', async () => {
    const { app } = await started();
    expect(asked.map((one) => one.path)).toEqual([
      '/api/changes?snapshot=true',
      '/api/changes?after=7&snapshot=true',
    ]);
    expect(app.status?.version).toBe('1');
    expect(app.sources).toHaveLength(1);
  });

  it('tries again within two seconds however long the server is away, one question at a time', async () => {
    const { app, news } = await started();
    await goes();
    expect(app.offline).toBe(true);
    asked = [];
    await vi.advanceTimersByTimeAsync(120_000);
    const pauses = asked.slice(1).map((one, i) => one.at - asked[i]!.at);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(2_000);
    expect(Math.min(...pauses.slice(5))).toBe(2_000);
    isUp = true;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(app.offline).toBe(false);
    expect(news.at(-1)).toMatchObject({ back: true, reset: false });
  });

  it.each(['online', 'focus', 'pageshow', 'visibilitychange'])('tries at once on %s', async (event) => {
    const { app } = await started();
    await goes();
    await vi.advanceTimersByTimeAsync(60_000);
    isUp = true;
    asked = [];
    (event === 'visibilitychange' ? (document as unknown as EventTarget) : page).dispatchEvent(
      new Event(event),
    );
    await vi.advanceTimersByTimeAsync(0);
    expect(asked[0]?.path).toBe('/api/changes?snapshot=true');
    expect(app.offline).toBe(false);
  });

  it('takes its time while nobody looks', async () => {
    await started();
    await goes();
    Object.assign(document, { visibilityState: 'hidden' });
    asked = [];
    await vi.advanceTimersByTimeAsync(120_000);
    expect(asked.length).toBeLessThan(20);
  });

  it('waits at a locked door until another page is let in', async () => {
    const { app } = await started();
    answer = () => 401;
    for (const one of waiting.splice(0)) one();
    await vi.advanceTimersByTimeAsync(0);
    expect(app.locked).toBe(true);
    answer = () => ({
      seq: 9,
      leads: [],
      sources: [],
      exports: [],
      deliveries: 0,
      reset: false,
      snapshot: { status: { seq: 9, settings } },
    });
    page.dispatchEvent(Object.assign(new Event('storage'), { key: 'leadtrail.session', newValue: 'x' }));
    await vi.advanceTimersByTimeAsync(0);
    expect(app.locked).toBe(false);
  });
});
