/**
 * Amounts of money in words and in, as `domain/money.rs` writes them: both are held to `tests/fixtures/money.json`.
 * Cents are hundredths of the currency's unit, whatever the currency: ¥5,000 are 500,000.
 */

/** Currencies that have no smaller part (ISO 4217, exponent 0). */
const WHOLE = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' ');

/** Those not written by their three letters. */
const SYMBOLS: Record<string, string> = {
  USD: '$',
  EUR: '€',
  GBP: '£',
  CAD: 'CA$',
  AUD: 'A$',
  NZD: 'NZ$',
  MXN: 'MX$',
  BRL: 'R$',
  HKD: 'HK$',
  TWD: 'NT$',
  JPY: '¥',
  CNY: 'CN¥',
  KRW: '₩',
  INR: '₹',
  ILS: '₪',
  VND: '₫',
  PHP: '₱',
  UAH: '₴',
};

/** Decimals an amount has where it has any. */
export const places = (currency: string): 0 | 2 => (WHOLE.includes(currency) ? 0 : 2);

/** What stands in front of an amount: `$`, or the currency's own three letters. */
export const symbol = (currency: string): string => SYMBOLS[currency] ?? currency;

const numbers = new Map<number, Intl.NumberFormat>();

function decimal(value: number, digits: number): string {
  let made = numbers.get(digits);
  if (!made) {
    made = new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
    numbers.set(digits, made);
  }
  return made.format(value);
}

/** The number of an amount without its currency: `2,500`, `12.50`. Cents only when they are not zero. */
export function amountOf(cents: number, currency: string): string {
  const part = places(currency) ? 1 : 100;
  const all = Math.round(Math.abs(cents) / part) * part;
  return `${cents < 0 && all ? '−' : ''}${decimal(all / 100, all % 100 ? 2 : 0)}`;
}

/** `$2,500`, `€12.50`, `CHF 12`, `¥5,000`; nothing for no amount. */
export function money(cents: number | null | undefined, currency: string): string {
  if (cents === null || cents === undefined || !Number.isFinite(cents)) return '';
  const number = amountOf(cents, currency);
  const sign = SYMBOLS[currency] ?? `${currency} `;
  return number.startsWith('−') ? `−${sign}${number.slice(1)}` : `${sign}${number}`;
}

/** Why what was typed is no amount, for people. */
export interface NoAmount {
  why: string;
}

const MOST = 1e9;

/**
 * Cents of an amount that somebody typed; nothing where nothing was typed. `1,250.50`, `1.250,50` and `12,50` are read
 * as they are meant; where one mark stands before three digits, a comma groups, and a point could mean either: then
 * nothing is guessed.
 */
export function typedCents(text: string, currency: string): number | null | NoAmount {
  const wrong = { why: 'That is not an amount.' };
  const plain = text
    .replace(symbol(currency), '')
    .replaceAll(currency, '')
    .replace(/[\p{Sc}\s'’]/gu, '');
  if (!plain) return null;
  if (!/^[\d.,]+$/.test(plain) || !/\d/.test(plain)) return wrong;
  const last = Math.max(plain.lastIndexOf(','), plain.lastIndexOf('.'));
  const mark = plain[last];
  const marks = plain.replace(/\d/g, '');
  const part = plain.length - last - 1;
  let divides = last >= 0 && (marks.length === 1 || new Set(marks).size > 1);
  if (marks.length === 1 && mark === ',' && part === 3) divides = false;
  const whole = (divides ? plain.slice(0, last) : plain).replace(/[.,]/g, '');
  const rest = divides ? plain.slice(last + 1) : '';
  if (divides && mark && whole && plain.slice(0, last).includes(mark)) return wrong;
  if (rest.length > places(currency) && /[^0]/.test(rest.slice(places(currency))))
    return {
      why: places(currency)
        ? 'Amounts are kept to two decimals.'
        : `Amounts in ${currency} have no decimals.`,
    };
  // `5.000` may be five, or five thousand.
  if (rest.length > 2) return wrong;
  const value = Number(whole || '0') * 100 + Number(rest.slice(0, 2).padEnd(2, '0'));
  return value <= MOST * 100 ? value : wrong;
}
