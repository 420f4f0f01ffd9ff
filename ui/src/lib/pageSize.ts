/** The paper people print on: Letter in North America and some other places, else A4; remembered once chosen. */
import type { PaperSize } from './api/exports';

const KEY = 'leadtrail.paper';
const LETTER = 'US CA MX CL CO CR DO GT PA PH PR SV VE'.split(' ');

export function usualPageSize(locale: string): PaperSize {
  try {
    return LETTER.includes(new Intl.Locale(locale).maximize().region ?? '') ? 'letter' : 'a4';
  } catch {
    return 'a4';
  }
}

export function chosenPageSize(): PaperSize {
  try {
    const known = localStorage.getItem(KEY);
    if (known === 'a4' || known === 'letter') return known;
  } catch {
    // Without storage the usual paper is asked for each time.
  }
  return usualPageSize(navigator.language);
}

export function choosePageSize(paper: PaperSize) {
  try {
    localStorage.setItem(KEY, paper);
  } catch {
    // It holds for this export.
  }
}
