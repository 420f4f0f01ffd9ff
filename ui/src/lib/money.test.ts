import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { amountOf, money, typedCents } from './money';

const cases = JSON.parse(
  readFileSync(new URL('../../../tests/fixtures/money.json', import.meta.url), 'utf8'),
) as [currency: string, cents: number, text: string][];

describe('money', () => {
  it('is written as in the files', () => {
    expect(cases.length).toBeGreaterThan(20);
    for (const [currency, cents, text] of cases) expect(money(cents, currency)).toBe(text);
    expect(money(null, 'USD')).toBe('');
  });

  it('comes back as it was shown', () => {
    for (const [currency, cents] of cases.filter(([, cents]) => cents >= 0)) {
      const shown = amountOf(cents, currency);
      expect(amountOf(typedCents(shown, currency) as number, currency)).toBe(shown);
    }
  });

  it('is read as people type it', () => {
    for (const [text, cents] of [
      ['5000', 500_000],
      ['$1,250.50', 125_050],
      ['1,250', 125_000],
      ['1.250,50', 125_050],
      ['12,50', 1_250],
      ['12,5', 1_250],
      ['1 250', 125_000],
      ["1'250.00", 125_000],
      ['1,250,000', 125_000_000],
      ['1.250.000', 125_000_000],
      ['USD 3', 300],
      ['.5', 50],
      ['0', 0],
    ] as const)
      expect(typedCents(text, 'USD'), text).toBe(cents);
    expect(typedCents('  ', 'USD')).toBeNull();
    expect(typedCents('¥5,000', 'JPY')).toBe(500_000);
    expect(typedCents('5000', 'JPY')).toBe(500_000);
    expect(typedCents('5000.00', 'JPY')).toBe(500_000);
    expect(typedCents('KWD 1.25', 'KWD')).toBe(125);
  });

  it('is not guessed', () => {
    for (const text of ['abc', 'Rs.500', 'Fr.1500', '-5', '5.000', '1e5', '.', '99999999999', '1.2.3,4,5'])
      expect(typedCents(text, 'USD'), text).toHaveProperty('why');
    expect(typedCents('1.234', 'KWD')).toEqual({ why: 'Amounts are kept to two decimals.' });
    expect(typedCents('12.50', 'JPY')).toEqual({ why: 'Amounts in JPY have no decimals.' });
  });
});
