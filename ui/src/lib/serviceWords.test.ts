import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Glossary, isOfMachines, OWN_NAMES, said, saidName, saidValue, saidWords } from './serviceWords';

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
    expect(saidWords(said(glossary, 'varda', 'outcome', 'no_answer', 'Varda'))).toBe('No answer “no_answer”');
    expect(saidWords(said(glossary, 'varda', 'outcome', 'No-Answer'))).toBe('No answer “No-Answer”');
    expect(saidWords(said(glossary, 'meera', ['status', 'reason'], 'Close:Chose_Another_Option'))).toBe(
      'Chose somebody else “Close:Chose_Another_Option”',
    );
    // Where it says the same, once is enough.
    expect(saidWords(said(glossary, 'varda', 'value', 'resolved'))).toBe('Resolved');
  });
  it('stands in quotes with the service where nobody knows it', () => {
    expect(saidWords(said(glossary, 'varda', 'outcome', 'lunch_break', 'Varda'))).toBe(
      '“lunch_break” (Varda)',
    );
    expect(saidWords(said(glossary, 'varda', 'outcome', 'lunch_break'))).toBe('“lunch_break”');
    expect(saidWords(said(glossary, 'callrail', 'outcome', 'no_answer'))).toBe('“no_answer”');
    expect(saidWords(said(glossary, 'varda', 'outcome', ''))).toBe('');
  });
  it('that people here chose is no quotation', () => {
    for (const provider of ['', 'leadtrail'])
      expect(saidWords(said(glossary, provider, ['status', 'reason'], 'wrong_number'))).toBe('Wrong number');
    expect(saidWords(said(glossary, 'meera', 'reason', 'wrong_number'))).toBe('“wrong_number”');
  });
  it('is said wherever it stands', () => {
    expect(saidValue(glossary, 'varda', ['resolved', true, 3, 'a sentence'])).toBe(
      'Resolved, Yes, 3, a sentence',
    );
    expect(saidName(glossary, 'varda', 'voice_trends.lead')).toBe('A lead, by the voices');
    expect(saidName(glossary, 'varda', 'duration_s')).toBe('Length');
    expect(saidName(glossary, 'varda', 'odd_key')).toBe('“odd_key”');
    expect(saidName(glossary, 'varda', 'Roof type')).toBe('Roof type');
  });
});

it('knows what is written for machines', () => {
  for (const word of ['no_answer', 'CallProcessed.x', 'humanSupportRequest', 'a:b'])
    expect(isOfMachines(word)).toBe(true);
  for (const word of ['Answered', 'Roof type', 'CallRail', 'sms', '12'])
    expect(isOfMachines(word)).toBe(false);
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
  expect(Object.values(OWN_NAMES).filter(isOfMachines)).toEqual([]);
});
