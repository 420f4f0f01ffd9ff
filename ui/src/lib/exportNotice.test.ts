import { expect, test } from 'vitest';
import type { ExportFile } from './api';
import { exportNotice } from './exportNotice';

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
  expect(exportNotice(file({}))).toEqual({ text: 'Monthly overview was made', tone: 'done' });
  expect(exportNotice(file({ title: ' ' }))?.text).toBe('Northgate, overview.pdf was made');
  expect(exportNotice(file({ state: 'failed', problem: 'The folder /mnt/share is not there.' }))).toEqual({
    text: 'Monthly overview could not be made. The folder /mnt/share is not there.',
    tone: 'bad',
  });
});

test('nothing is said of what is under way, was called off, or was made by hand', () => {
  expect(exportNotice(file({ state: 'running' }))).toBeUndefined();
  expect(exportNotice(file({ state: 'cancelled' }))).toBeUndefined();
  expect(exportNotice(file({ schedule: null }))).toBeUndefined();
});
