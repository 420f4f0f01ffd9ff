import { expect, test } from 'vitest';
import { exportNotice } from './exportNotice';

type Made = Parameters<typeof exportNotice>[0];
const file = (more: Partial<Made>): Made => ({
  title: 'Monthly overview',
  file_name: 'Northgate, overview.pdf',
  state: 'done',
  problem: null,
  schedule: 3,
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
