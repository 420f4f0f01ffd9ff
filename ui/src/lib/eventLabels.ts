/**
 * Messages of services in words for people: what each of a service's events tells us. The service's own name of it
 * stands in a title beside. Statuses of leads are events too where a service sends nothing else.
 */
import type { Glossary } from './glossary';
import { oneLine } from './text';

/** What a message tells us. An event nobody knows is told apart into its words. */
export function eventLabel(provider: string, event: string, glossary: Glossary): string {
  const plain =
    glossary.plain(provider, ['event', 'status'], event) ??
    // A name like a class carries its family in front.
    glossary.plain(provider, 'event', event.replace(/^.*\./, ''));
  if (plain) return plain;
  const name = event.slice(0, 200);
  const own = /(?:^|\.)([A-Z]\w*)$/.exec(name)?.[1] ?? name;
  const words = own
    .replace(/[._-]+/g, ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]{2,})([A-Z][a-z])/g, '$1 $2')
    .replace(/\bsms\b/gi, 'SMS')
    .trim()
    .split(' ')
    .map((word) => (/^[A-Z]{2,}$/.test(word) ? word : word.toLowerCase()))
    .join(' ');
  return oneLine(words.charAt(0).toUpperCase() + words.slice(1), 60);
}
