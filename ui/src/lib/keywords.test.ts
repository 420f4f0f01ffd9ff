import { expect, it } from 'vitest';
import { heard } from './keywords';

const word = (text: string, at_s: number[]) => ({ text, at_s, speaker: null });

it('says a word once, with all its times in order and each of them once', () => {
  const keywords = [
    word('windows', [13]),
    word('patio', [65]),
    word('Windows', [13.4]),
    word(' PATIO ', [23, 65, 400]),
    word('roof', []),
  ];
  expect(heard({ keywords, duration_s: 90 })).toEqual([
    { text: 'windows', at_s: [13] },
    { text: 'patio', at_s: [23, 65] },
    { text: 'roof', at_s: [] },
  ]);
});

it('keeps every time where nobody says how long the call was, and shows nothing that cannot be', () => {
  const keywords = [word('patio', [400, -1, NaN, 2]), word('  ', [1])];
  expect(heard({ keywords, duration_s: null })).toEqual([{ text: 'patio', at_s: [2, 400] }]);
});
