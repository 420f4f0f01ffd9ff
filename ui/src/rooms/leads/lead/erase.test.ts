import { expect, test } from 'vitest';
import type { Erasure } from '../../../lib/api';
import { filesWords, leavingWords, namedWords, typedName, typedRight } from './erase';

const none: Erasure = {
  events: 0,
  deliveries: 0,
  calls: 0,
  messages: 0,
  notes: 0,
  quarantined: 0,
  uploads: 0,
  imports: [],
  exports_deleted: 0,
  exports: [],
  backups: [],
  named_elsewhere: 0,
  named_in: [],
  swept: false,
};

test('what leaves, in words', () => {
  expect(leavingWords({ ...none, events: 14, calls: 4, messages: 9, deliveries: 31 })).toBe(
    '4 calls, 9 texts, 1 other event and 31 raw messages',
  );
  expect(leavingWords({ ...none, events: 1, quarantined: 2 })).toBe('1 event and 2 messages in quarantine');
  expect(leavingWords({ ...none, events: 1, uploads: 1 })).toBe('1 event and 1 file waiting to be imported');
  expect(leavingWords(none)).toBe('Everything about them');
});

test('a name is typed where it can be', () => {
  expect(typedName('Jane Doe')).toBe('Jane Doe');
  expect(typedName('Zoë O’Brien-Šimić')).toBe('Zoë O’Brien-Šimić');
  expect(typedName('(404) 555-0110')).toBe('erase');
  expect(typedName('<script>alert(1)</script>')).toBe('erase');
  expect(typedName('x'.repeat(41))).toBe('erase');
  expect(typedName('')).toBe('erase');
});

test('typed right, whatever the capitals and spaces', () => {
  expect(typedRight('  jane   doe', 'Jane Doe')).toBe(true);
  expect(typedRight('Zoe\u0308', 'Zoë')).toBe(true);
  expect(typedRight('Jane Do', 'Jane Doe')).toBe(false);
  expect(typedRight('', 'erase')).toBe(false);
});

test('what becomes of files that were made', () => {
  const files = (exports_deleted: number, exports: string[] = []) => ({ ...none, exports_deleted, exports });
  expect(filesWords(files(0), false)).toBe('');
  expect(filesWords(files(1), false)).toBe(
    '1 report file made here since they were first heard of is deleted: it may name them, and can be made again.',
  );
  expect(filesWords(files(6), true)).toContain(
    '6 report files made here since they were first heard of were deleted',
  );
  expect(filesWords(files(0, ['a.pdf', 'b.pdf']), true)).toBe(
    '2 files in folders of your own may name them too, and are for you to delete.',
  );
});

test('what others said of them', () => {
  expect(namedWords(none)).toBe('');
  expect(namedWords({ ...none, named_elsewhere: 1 })).toBe(
    '1 message or note of another lead names them too. It is not touched:',
  );
  expect(namedWords({ ...none, named_elsewhere: 12 })).toBe(
    '12 messages and notes of other leads name them too. They are not touched:',
  );
});
