import { describe, expect, it } from 'vitest';
import { markWords, oneLine, plainValue, visible, webAddress } from './text';

describe('text of senders', () => {
  it('shows control characters and disarms direction marks', () => {
    expect(visible('a\u0000b\u0007\tc\nd')).toBe('a␀b␇\tc\nd');
    expect(visible('\u202egnp.exe\u202c')).toBe('�gnp.exe�');
    expect(visible('a\r\nb\u2028c')).toBe('a\nb\nc');
  });

  it('cuts to one line', () => {
    expect(oneLine('a\n  b')).toBe('a b');
    expect(oneLine('x'.repeat(5_000_000), 10)).toBe(`${'x'.repeat(10)}…`);
    expect(oneLine(null)).toBe('');
  });

  it('links http and https only', () => {
    expect(webAddress('https://example.com/a')).toBe('https://example.com/a');
    expect(webAddress('http://example.com')).toBe('http://example.com/');
    for (const bad of [
      'javascript:alert(1)',
      ' JavaScript:alert(1)',
      'data:text/html,x',
      'file:///etc',
      'ftp://x',
      '//x',
      'x',
    ]) {
      expect(webAddress(bad)).toBeNull();
    }
  });

  it('marks whole words only', () => {
    expect(markWords('A quote, not unquoted', ['quote'])).toEqual([
      { text: 'A ', hit: false },
      { text: 'quote', hit: true },
      { text: ', not unquoted', hit: false },
    ]);
    expect(markWords('(a+', ['(', 'a+'])).toEqual([
      { text: '(', hit: false },
      { text: 'a+', hit: true },
    ]);
  });

  it('says values plainly', () => {
    expect(plainValue(true)).toBe('Yes');
    expect(plainValue(['a', 1])).toBe('a, 1');
    expect(plainValue({ a: 1 })).toBe('{"a":1}');
    expect(plainValue(null)).toBe('');
  });
});
