import { describe, expect, it } from 'vitest';
import { arrivals, atLeast, countOf } from './arrivals';

const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

describe('how many are new', () => {
  it('counts what a page shows, and by the total what it does not', () => {
    // 298 came; the page of 100 holds 98 of them, for two that were here moved up.
    const shown = new Set(ids(0, 215));
    const page = [3, 7, ...ids(1000, 1098)];
    expect(arrivals({ page, shown, more: true, total: 513, before: 215 })).toEqual({ n: 298, more: false });
    // Where nobody counts, it is at least what is seen.
    expect(arrivals({ page, shown, more: true, total: null, before: null })).toEqual({ n: 98, more: true });
  });
  it('is exact where the page reaches what was here', () => {
    const shown = new Set(ids(0, 50));
    expect(
      arrivals({ page: [90, 91, ...ids(0, 50)], shown, more: false, total: null, before: null }),
    ).toEqual({
      n: 2,
      more: false,
    });
    // Some left the list meanwhile: the total alone would say none.
    expect(arrivals({ page: [90, ...ids(0, 20)], shown, more: true, total: 49, before: 50 })).toEqual({
      n: 1,
      more: false,
    });
    expect(arrivals({ page: ids(0, 50), shown, more: true, total: 50, before: 50 })).toEqual({
      n: 0,
      more: false,
    });
  });
  it('says so', () => {
    expect(atLeast(298, false)).toBe('298');
    expect(atLeast(1098, true)).toBe('1,098+');
  });
});

describe('how many a list holds', () => {
  it('is the total, else what is here, else at least that', () => {
    expect(countOf(1284, 100, true)).toBe('1,284');
    expect(countOf(null, 45, false)).toBe('45');
    expect(countOf(null, 0, false)).toBe('0');
    expect(countOf(null, 100, true)).toBe('100+');
  });
});
