import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

let kept: Map<string, string>;
let bar: string;

beforeEach(() => {
  vi.resetModules();
  kept = new Map();
  bar = 'http://127.0.0.1:8788/?token=secret&q=1#/leads';
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
  vi.stubGlobal('location', {
    get href() {
      return bar;
    },
  });
  vi.stubGlobal('history', {
    state: null,
    replaceState: (_: unknown, __: string, to: string) => (bar = new URL(to, bar).href),
  });
});
afterEach(() => vi.unstubAllGlobals());

const load = () => import('./session');

describe('a page that came by the link', () => {
  it('takes the token out of the address, and trades it once for all who ask', async () => {
    const { authorization, takeToken } = await load();
    takeToken();
    expect(bar).toBe('http://127.0.0.1:8788/?q=1#/leads');
    const trade = vi.fn(async (token: string) => `session for ${token}`);
    const held = await Promise.all([authorization(trade), authorization(trade), authorization(trade)]);
    expect(trade.mock.calls).toEqual([['secret']]);
    expect(held).toEqual(Array(3).fill({ authorization: 'Bearer session for secret' }));
    expect([...kept.values()]).toEqual(['session for secret']);
  });

  it('keeps trying while the server does not answer, and lets go of a link that is not the right one', async () => {
    const { authorization, takeToken } = await load();
    takeToken();
    await expect(authorization(() => Promise.reject(new TypeError('away')))).rejects.toThrow('away');
    expect(await authorization(async () => null)).toEqual({});
    const trade = vi.fn(async () => 'never');
    expect(await authorization(trade)).toEqual({});
    expect(trade).not.toHaveBeenCalled();
  });

  it('keeps the session it has when the link is not the right one', async () => {
    kept.set('leadtrail.session', 'mine');
    const { authorization, takeToken } = await load();
    takeToken();
    expect(await authorization(async () => null)).toEqual({ authorization: 'Bearer mine' });
  });

  it('is let in until it is closed where the browser keeps nothing', async () => {
    vi.stubGlobal('localStorage', {
      getItem: () => {
        throw new Error('no');
      },
      setItem: () => {
        throw new Error('no');
      },
    });
    const { authorization, takeToken } = await load();
    takeToken();
    expect(await authorization(async () => 'mine')).toEqual({ authorization: 'Bearer mine' });
    expect(await authorization(async () => 'another')).toEqual({ authorization: 'Bearer mine' });
  });

  it('says nothing of itself in the window, which comes by no link', async () => {
    bar = 'app://localhost/#/leads';
    const { authorization, takeToken } = await load();
    takeToken();
    expect(await authorization(async () => 'never')).toEqual({});
  });
});
