import { describe, expect, it } from 'vitest';
import type { ImportField } from '../../lib/api';
import { assign, fieldOf, fitting, mappingOf, missing, resultWords, share } from './imports';

const column = (name: string, field: string | null = null) => ({ name, sample: [], field });

describe('mappings', () => {
  it('begin with what was recognised, each field once, unless one was saved', () => {
    const columns = [column('Start Time', 'started_at'), column('Time', 'started_at'), column('Junk')];
    expect(mappingOf({ mapping: {}, columns })).toEqual({ started_at: 'Start Time' });
    expect(mappingOf({ mapping: { from: 'Junk' }, columns })).toEqual({ from: 'Junk' });
  });
  it('give a column one field and a field one column', () => {
    const one = assign({ from: 'A', to: 'B' }, 'A', 'to');
    expect(one).toEqual({ to: 'A' });
    expect(fieldOf(one, 'A')).toBe('to');
    expect(assign(one, 'A', '')).toEqual({});
  });
  it('leave out columns the file does not have', () => {
    expect(fitting({ from: 'A', to: 'Z' }, [column('A')])).toEqual({ from: 'A' });
  });
  it('know what is needed for a kind', () => {
    const fields: ImportField[] = [
      { field: 'started_at', label: 'When', kinds: ['calls'], needed: true },
      { field: 'text', label: 'Text', kinds: ['texts'], needed: true },
    ];
    expect(missing(fields, 'calls', {}).map((f) => f.field)).toEqual(['started_at']);
    expect(missing(fields, 'calls', { started_at: 'A' })).toEqual([]);
  });
});

describe('figures', () => {
  it('are a share that never leaves 0 to 100', () => {
    expect(share({ done: 999, of: 1000 })).toBe(99);
    expect(share({ done: 5, of: 0 })).toBe(0);
    expect(share({ done: 20, of: 10 })).toBe(100);
    expect(share(null)).toBe(0);
  });
  it('account for every row', () => {
    expect(resultWords({ rows: 12, in: 9, merged: 0, duplicate: 2, skipped: 1 })).toBe(
      '12 rows: 9 new, 2 known already, 1 skipped',
    );
    expect(resultWords({ rows: 1, in: 0, merged: 0, duplicate: 0, skipped: 0 })).toBe('1 row');
  });
});
