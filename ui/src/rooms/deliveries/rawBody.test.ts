import { describe, expect, it } from 'vitest';
import { layOut, linesOf, squeezed, tokenAt } from './rawBody';

describe('layOut', () => {
  it('indents without touching a value', () => {
    expect(layOut('{"a":1.0,"a":12345678901234567890,"b":[],"c":{"d":"x,{y}: \\"z\\""}}')).toBe(
      [
        '{',
        '  "a": 1.0,',
        '  "a": 12345678901234567890,',
        '  "b": [],',
        '  "c": {',
        '    "d": "x,{y}: \\"z\\""',
        '  }',
        '}',
      ].join('\n'),
    );
  });
  it('does not end on text that stops short', () => {
    expect(layOut('{"a":"never clos')).toBe('{\n  "a": "never clos');
    expect(layOut('{"a":"\\')).toBe('{\n  "a": "\\');
    expect(layOut(']]]')).toBe(']]]');
    expect(layOut('a=1&b=2')).toBe('a=1&b=2');
    expect(layOut('{"a":1 // one\n}')).toBe('{"a":1 // one\n}');
  });
  it('is offered for squeezed JSON only', () => {
    expect(squeezed(`{"a":"${'x'.repeat(300)}"}`)).toBe(true);
    expect(squeezed('{\n "a": 1\n}')).toBe(false);
    expect(squeezed(`a=${'x'.repeat(300)}`)).toBe(false);
  });
});

describe('linesOf', () => {
  it('marks the token at the place', () => {
    const lines = linesOf('{\n  "StartTime": "N\\\\A",\n}', { line: 2, column: 16 });
    const fault = lines[1]!.fault!;
    expect(lines[1]!.text.slice(fault.from, fault.to)).toBe('"N\\\\A"');
    expect(lines[0]!.fault).toBeUndefined();
  });
  it('cuts absurd lines and says how much', () => {
    const [line] = linesOf('z'.repeat(10_000));
    expect(line!.text).toHaveLength(2000);
    expect(line!.cutAfter).toBe(8000);
  });
  it('shows the stretch around a fault far out', () => {
    const [line] = linesOf(`${'z'.repeat(9_000)}"bad"`, { line: 1, column: 9_001 });
    expect(line!.text.slice(line!.fault!.from, line!.fault!.to)).toBe('"bad"');
    expect(line!.cutBefore).toBe(8_000);
  });
  it('makes what cannot be seen visible, one sign for one character', () => {
    const [line] = linesOf('a\u0000\u202eb');
    expect(line!.text).toBe('a␀\ufffdb');
  });
  it('takes a place outside of the line', () => {
    expect(tokenAt('abc', 99)).toEqual({ from: 3, to: 4 });
    expect(linesOf('abc', { line: 7, column: 1 })).toHaveLength(1);
  });
});
