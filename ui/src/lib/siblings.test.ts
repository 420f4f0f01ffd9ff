// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { nextOf, placeOf } from './siblings.svelte';

const rows = [
  { lead: 1, href: '#/lead/1?entry=a' },
  { lead: null, href: '' },
  { lead: 1, href: '#/lead/1?entry=b' },
  { lead: 2, href: '#/lead/2?entry=c' },
];

describe('where a lead stands in the list it was opened from', () => {
  it('is its own address where the list has it twice', () => {
    expect(placeOf(rows, '#/lead/1?entry=b', 1)).toBe(2);
    expect(placeOf(rows, '#/lead/1', 1)).toBe(0);
    expect(placeOf(rows, '#/lead/9', 9)).toBe(-1);
  });
  it('leaves out rows that lead nowhere any more', () => {
    expect(nextOf(rows, 0, 1)?.href).toBe('#/lead/1?entry=b');
    expect(nextOf(rows, 2, -1)?.href).toBe('#/lead/1?entry=a');
    expect(nextOf(rows, 3, 1)).toBeUndefined();
  });
});
