import { expect, it } from 'vitest';
import { cameTitle, cameWords } from './cameWords';

it('says where people came from in words for people, where the word is known', () => {
  expect(cameWords('source', 'google_ads')).toBe('Google Ads');
  expect(cameWords('first_touch', 'google')).toBe('Google');
  expect(cameWords('last_touch', 'Google-Ads')).toBe('Google Ads');
  expect(cameWords('medium', 'cpc')).toBe('CPC (paid)');
  expect(cameWords('medium', 'organic')).toBe('Organic (unpaid)');
});
it('leaves what it does not know, and what is named by people, as it came', () => {
  expect(cameWords('source', 'roof_fair_2026')).toBe('roof_fair_2026');
  expect(cameWords('medium', 'blimp')).toBe('blimp');
  for (const of of ['campaign', 'rep', 'gclid', 'landing_page'])
    expect(cameWords(of, 'google')).toBe('google');
  expect(cameTitle('source', 'google_ads')).toBe('As it came: google_ads');
  expect(cameTitle('source', 'roof_fair_2026')).toBeUndefined();
});
