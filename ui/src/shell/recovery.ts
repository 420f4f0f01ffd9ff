/** The words of a data file that cannot be used. */
import type { DamageKind } from '../lib/api';

/** A way out: the field of the API that takes it. */
export type RecoveryOption = 'restore' | 'salvage' | 'begin_empty' | 'as_it_is';

export const damageWords: Record<DamageKind, { title: string; text: string; kept: string }> = {
  damaged: {
    title: 'The file is damaged',
    text: 'Leadtrail did not change it, and keeps it aside whatever you choose.',
    kept: 'The damaged file stays where it is, under another name.',
  },
  missing: {
    title: 'The file is missing',
    text: 'Somebody or another program moved or deleted it. If you have it, quit Leadtrail, put it back, and start again.',
    kept: '',
  },
  older: {
    title: 'The file is an older one',
    text: 'Another program may have put an older copy in its place. Leadtrail did not change it.',
    kept: 'The older file is kept under another name, unless you go on with it.',
  },
};

/** What a backup of the kind `saved` is. */
export const SAVED =
  'It is what was open when the file was taken away: nothing that was taken in is missing in it.';

/** The ways out besides going back to a backup, in the order in which they are offered. */
export const recoveryOptions: { way: Exclude<RecoveryOption, 'restore'>; label: string; text: string }[] = [
  {
    way: 'salvage',
    label: 'Save what can still be read',
    text: 'Piece by piece, everything readable is copied into a new file: sources and their keys, what services sent, what you did. You are told what was lost. This can take minutes.',
  },
  {
    way: 'as_it_is',
    label: 'Go on with this file as it is',
    text: 'What was written after it was copied is left out. Nothing is deleted: what was saved stays among the backups.',
  },
  {
    way: 'begin_empty',
    label: 'Begin with an empty file',
    text: 'As on the first day: no leads, no services. Their addresses stop working until you connect them again. Backups stay where they are.',
  },
];

/** What the button says, before and while it is done. */
export function recoveryLabel(way: RecoveryOption | ''): { go: string; busy: string } {
  switch (way) {
    case 'salvage':
      return { go: 'Save what can be read', busy: 'Saving what can be read…' };
    case 'as_it_is':
      return { go: 'Go on with it', busy: 'Opening…' };
    case 'begin_empty':
      return { go: 'Begin empty', busy: 'Beginning…' };
    default:
      return { go: 'Go back to it', busy: 'Going back…' };
  }
}
