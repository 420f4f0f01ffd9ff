import { describe, expect, it } from 'vitest';
import { learnNumbers, phone } from './phoneDisplay';

describe('numbers', () => {
  it('are shown as the program writes them, wherever it said so', () => {
    expect(phone('+14045550187')).toBe('+14045550187');
    learnNumbers({ items: [], numbers: { '+14045550187': '(404) 555-0187' } });
    expect(phone('+14045550187')).toBe('(404) 555-0187');
    learnNumbers({ numbers: { '+61491573087': '+61 491 573 087' } });
    expect([phone('+14045550187'), phone('+61491573087')]).toEqual(['(404) 555-0187', '+61 491 573 087']);
  });
  it('of answers without any are none, and what is no number stays', () => {
    for (const answer of [undefined, null, 3, 'text', [], { numbers: null }, { numbers: ['+1'] }])
      learnNumbers(answer);
    expect([phone('anonymous'), phone(''), phone(null), phone(undefined)]).toEqual(['anonymous', '', '', '']);
  });
});
