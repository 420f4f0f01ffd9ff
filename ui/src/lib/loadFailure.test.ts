import { expect, it } from 'vitest';
import { loadFailure } from './loadFailure';

it('says why a page could not be loaded', () => {
  // While nothing answers, nothing is known of an update.
  expect(loadFailure(true)).toEqual({
    title: 'Leadtrail does not answer',
    text: 'This page was not loaded yet. Once Leadtrail runs again, load it again. Nothing is lost.',
  });
  expect(loadFailure(false)).toEqual({
    title: 'This page could not be loaded',
    text: 'It may be of another version than the one that runs now. Nothing is lost.',
  });
});
