import { describe, expect, test } from 'vitest';
import type { DoctorItem, Health } from '../../lib/api';
import { comingWords, hiddenAddress, holding, keepNumber, restoredWords } from '../../lib/backups';
import { agedWords, ageName, agesWith } from './retention';
import { placeOf, verdict, worstFirst } from './health';

const item = (name: string, state: Health): DoctorItem => ({
  name,
  state,
  title: name,
  text: '',
  todo: null,
});

test('how a service that comes with a backup stands to those here', () => {
  const coming = { name: 'A', provider: 'p', address: 'http://x/hooks/k', keys: 0 };
  const words = (closed: boolean, known: boolean, same_address: boolean) =>
    comingWords({ ...coming, closed, known, same_address });
  expect([words(true, true, true), words(false, false, false), words(false, true, true)]).toEqual([
    'closed',
    'not connected here',
    'connected here too',
  ]);
  expect(words(false, true, false)).toBe('connected here too, under another address');
});

describe('health', () => {
  test('what is worst comes first, the rest stays in its order', () => {
    const items = [item('a', 'ok'), item('b', 'warn'), item('c', 'bad'), item('d', 'ok'), item('e', 'warn')];
    expect(worstFirst(items).map((i) => i.name)).toEqual(['c', 'b', 'e', 'a', 'd']);
  });
  test('the sum in a sentence', () => {
    expect(verdict([item('a', 'ok'), item('b', 'ok')])).toEqual({
      tone: 'ok',
      text: 'All 2 checks are fine.',
    });
    expect(verdict([item('a', 'bad'), item('b', 'warn'), item('c', 'ok')])).toEqual({
      tone: 'bad',
      text: '1 thing to mend, 1 to look at. 1 is fine.',
    });
    expect(verdict([item('a', 'warn'), item('b', 'warn')]).text).toBe('2 things to look at.');
    expect(verdict([item('a', 'warn')]).text).toBe('1 thing to look at.');
  });
  test('a thing leads to the page where it is mended', () => {
    expect(placeOf({ name: 'public_address' })?.href).toBe('#/settings/reach');
    expect(placeOf({ name: 'backup' })?.href).toBe('#/settings/backups');
    expect(placeOf({ name: 'keys:12' })?.href).toBe('#/sources/12');
    expect(placeOf({ name: 'silence' })?.href).toBe('#/sources');
    expect(placeOf({ name: 'clock' })).toBeUndefined();
  });
});

describe('backups', () => {
  test('what a restore did', () => {
    expect(restoredWords({ carried_over: 12, left_out: 1 })).toBe(
      '12 deliveries that came since were carried over. 1 thing done in the window since is only in the kept file.',
    );
    expect(restoredWords({ carried_over: 0 })).toBe('');
    expect(restoredWords(undefined)).toBe('');
  });
  test('who is still held', () => {
    expect(holding([{ holds_erased: ['x'] }, { holds_erased: [] }])).toBe(
      '1 backup still holds an erased person.',
    );
    expect(holding([{ holds_erased: ['x'] }, { holds_erased: ['x', 'y'] }])).toBe(
      '2 backups still hold an erased person.',
    );
  });
  test('how many to keep is a whole number', () => {
    expect(['7', ' 12 ', '0', '365'].map(keepNumber)).toEqual([7, 12, 0, 365]);
    expect(['', '-1', '1.5', '366', '9e9', 'many'].map(keepNumber)).toEqual(Array(6).fill(undefined));
  });
});

describe('an address that comes with a backup', () => {
  test('is told apart, and lets nobody send to it', () => {
    expect(hiddenAddress('https://x.example/hooks/abcdefghijklmnop1234')).toBe('x.example/hooks/…1234');
    expect(hiddenAddress('http://127.0.0.1:8787/hooks/abcdefghijklmnop1234/post_call')).toBe(
      '127.0.0.1:8787/hooks/…1234/post_call',
    );
  });
});

describe('erasing by age', () => {
  test('ages by name, a number of days that a script set as it is', () => {
    expect(ageName(730)).toBe('2 years');
    expect(ageName(100)).toBe('100 days');
    expect(agesWith(100).map((a) => a.days)).toContain(100);
    expect(
      agesWith(100)
        .map((a) => a.days)
        .slice(0, 4),
    ).toEqual([0, 90, 100, 180]);
  });
  test('what a rule would take', () => {
    expect(agedWords({ events: 1204, deliveries: 1310, leads: 96 })).toBe(
      '1,204 events and 1,310 raw messages of 96 leads would be erased now.',
    );
    expect(agedWords({ events: 0, deliveries: 0, leads: 0 })).toBe('Nothing is that old yet.');
  });
});
