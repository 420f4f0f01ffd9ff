import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  Glossary,
  isMachineWord,
  OWN_NAMES,
  serviceLabel,
  fieldLabel,
  valueLabel,
  serviceLabelText,
} from './glossary';

const glossary = new Glossary([
  {
    slug: 'varda',
    words: [
      { kind: 'outcome', word: 'no_answer', plain: 'No answer' },
      { kind: 'value', word: 'resolved', plain: 'Resolved' },
      { kind: 'field', word: 'voice_trends.lead', plain: 'A lead, by the voices' },
    ],
  },
  {
    slug: 'meera',
    words: [{ kind: 'reason', word: 'Close:Chose_Another_Option', plain: 'Chose somebody else' }],
  },
]);

describe('a word of a service', () => {
  it('has words for people, and stands beside them as it came', () => {
    expect(serviceLabelText(serviceLabel(glossary, 'varda', 'outcome', 'no_answer', 'Varda'))).toBe(
      'No answer “no_answer”',
    );
    expect(serviceLabelText(serviceLabel(glossary, 'varda', 'outcome', 'No-Answer'))).toBe(
      'No answer “No-Answer”',
    );
    expect(
      serviceLabelText(serviceLabel(glossary, 'meera', ['status', 'reason'], 'Close:Chose_Another_Option')),
    ).toBe('Chose somebody else “Close:Chose_Another_Option”');
    // Where it says the same, once is enough.
    expect(serviceLabelText(serviceLabel(glossary, 'varda', 'value', 'resolved'))).toBe('Resolved');
  });
  it('stands in quotes with the service where nobody knows it', () => {
    expect(serviceLabelText(serviceLabel(glossary, 'varda', 'outcome', 'lunch_break', 'Varda'))).toBe(
      '“lunch_break” (Varda)',
    );
    expect(serviceLabelText(serviceLabel(glossary, 'varda', 'outcome', 'lunch_break'))).toBe('“lunch_break”');
    expect(serviceLabelText(serviceLabel(glossary, 'callrail', 'outcome', 'no_answer'))).toBe('“no_answer”');
    expect(serviceLabelText(serviceLabel(glossary, 'varda', 'outcome', ''))).toBe('');
  });
  it('that people here chose is no quotation', () => {
    for (const provider of ['', 'leadtrail'])
      expect(serviceLabelText(serviceLabel(glossary, provider, ['status', 'reason'], 'wrong_number'))).toBe(
        'Wrong number',
      );
    expect(serviceLabelText(serviceLabel(glossary, 'meera', 'reason', 'wrong_number'))).toBe(
      '“wrong_number”',
    );
  });
  it('is said wherever it stands', () => {
    expect(valueLabel(glossary, 'varda', ['resolved', true, 3, 'a sentence'])).toBe(
      'Resolved, Yes, 3, a sentence',
    );
    expect(fieldLabel(glossary, 'varda', 'voice_trends.lead')).toBe('A lead, by the voices');
    expect(fieldLabel(glossary, 'varda', 'duration_s')).toBe('Length');
    expect(fieldLabel(glossary, 'varda', 'odd_key')).toBe('“odd_key”');
    expect(fieldLabel(glossary, 'varda', 'Roof type')).toBe('Roof type');
  });
});

it('knows what is written for machines', () => {
  for (const word of ['no_answer', 'CallProcessed.x', 'humanSupportRequest', 'a:b'])
    expect(isMachineWord(word)).toBe(true);
  for (const word of ['Answered', 'Roof type', 'CallRail', 'sms', '12'])
    expect(isMachineWord(word)).toBe(false);
});

it('has a name for all that a message may add to a card', () => {
  const code = readFileSync('../src-tauri/domain/fold/cards.rs', 'utf8');
  const names = [
    ...code.matchAll(
      /"([a-z_]+)", &mut added|added\.push\("([a-z_]+)"\)|\(&mut call\.\w+, &?part\.\w+, "([a-z_]+)"\)/g,
    ),
  ];
  const added = new Set(names.map((m) => m[1] ?? m[2] ?? m[3]!));
  expect(added.size).toBeGreaterThan(25);
  expect([...added].filter((name) => !(name in OWN_NAMES))).toEqual([]);
  expect(Object.values(OWN_NAMES).filter(isMachineWord)).toEqual([]);
});
