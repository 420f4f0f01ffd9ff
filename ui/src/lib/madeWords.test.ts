import { expect, test } from 'vitest';
import type { ExportFile } from './api';
import { saying } from './madeWords';

const file = (more: Partial<ExportFile>): ExportFile => ({
  id: 1,
  what: 'report',
  format: 'pdf',
  title: 'Monthly overview',
  file_name: 'Northgate, overview.pdf',
  state: 'done',
  progress: null,
  size: 1,
  sha256: null,
  made_at: '2026-11-01T07:00:00Z',
  problem: null,
  schedule: 3,
  path: null,
  ...more,
});

test('a schedule that made something says so, and one that could not says why', () => {
  expect(saying(file({}))).toEqual({ text: 'Monthly overview was made', tone: 'done' });
  expect(saying(file({ title: ' ' }))?.text).toBe('Northgate, overview.pdf was made');
  expect(saying(file({ state: 'failed', problem: 'The folder /mnt/share is not there.' }))).toEqual({
    text: 'Monthly overview could not be made. The folder /mnt/share is not there.',
    tone: 'bad',
  });
});

test('nothing is said of what is under way, was called off, or was made by hand', () => {
  expect(saying(file({ state: 'running' }))).toBeUndefined();
  expect(saying(file({ state: 'cancelled' }))).toBeUndefined();
  expect(saying(file({ schedule: null }))).toBeUndefined();
});
