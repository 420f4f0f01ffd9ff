import { expect, it } from 'vitest';
import { attributionTitle, attributionLabel } from './attributionLabels';

it('says where people came from in words for people, where the word is known', () => {
  expect(attributionLabel('source', 'google_ads')).toBe('Google Ads');
  expect(attributionLabel('first_touch', 'google')).toBe('Google');
  expect(attributionLabel('last_touch', 'Google-Ads')).toBe('Google Ads');
  expect(attributionLabel('medium', 'cpc')).toBe('CPC (paid)');
  expect(attributionLabel('medium', 'organic')).toBe('Organic (unpaid)');
});
it('leaves what it does not know, and what is named by people, as it came', () => {
  expect(attributionLabel('source', 'roof_fair_2026')).toBe('roof_fair_2026');
  expect(attributionLabel('medium', 'blimp')).toBe('blimp');
  for (const of of ['campaign', 'rep', 'gclid', 'landing_page'])
    expect(attributionLabel(of, 'google')).toBe('google');
  expect(attributionTitle('source', 'google_ads')).toBe('As it came: google_ads');
  expect(attributionTitle('source', 'roof_fair_2026')).toBeUndefined();
});
