/**
 * Words of services for people. The server sends what each reader knows; the verbatim word always stands beside, and a
 * word nobody knows stands in quotes with the service's name.
 */
import type { Provider } from './api';
import { oneLine, plainValue } from './text';
import { OUTCOMES, outcomeName } from './labels';

export type WordKind = Provider['words'][number]['kind'];

/** Letters and digits in lower case: services do not agree with themselves on the rest. */
export const squashed = (word: string) => word.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');

export class Glossary {
  #words = new Map<string, string>();

  constructor(providers: readonly Pick<Provider, 'slug' | 'words'>[]) {
    for (const { slug, words } of providers)
      for (const { kind, word, plain } of words) this.#words.set(`${slug} ${kind} ${squashed(word)}`, plain);
  }

  /** Words for people, where there are any; the first of the kinds that has some. */
  plain(provider: string, kinds: WordKind | readonly WordKind[], word: string): string | null {
    for (const kind of typeof kinds === 'string' ? [kinds] : kinds) {
      const found = this.#words.get(`${provider} ${kind} ${squashed(word)}`);
      if (found !== undefined) return found;
    }
    return null;
  }
}

export interface ServiceLabel {
  /** Words for people; `null` for a word nobody knows. */
  plain: string | null;
  /** The word as it came, in quotes where it says something else; else nothing. */
  quote: string;
}

/** A service's word for the eye. `name` is the service's, for words that nobody knows; empty where it stands beside. */
export function serviceLabel(
  glossary: Glossary,
  provider: string,
  kinds: WordKind | readonly WordKind[],
  word: string,
  name = '',
): ServiceLabel {
  const shown = oneLine(word, 120);
  if (!shown) return { plain: null, quote: '' };
  // What nobody else said, people here chose from a list: it needs no quotes.
  const own = provider && provider !== 'leadtrail' ? undefined : OUTCOMES.find((outcome) => outcome === word);
  if (own) return { plain: outcomeName[own], quote: '' };
  const plain = glossary.plain(provider, kinds, word);
  if (plain === null) return { plain, quote: `“${shown}”${name ? ` (${name})` : ''}` };
  return { plain, quote: plain.toLowerCase() === shown.toLowerCase() ? '' : `“${shown}”` };
}

/** The same in one line: `No answer “no_answer”`. */
export const serviceLabelText = (it: ServiceLabel): string => [it.plain, it.quote].filter(Boolean).join(' ');

/** A value of a service: yes and no, numbers and sentences as they are; a word of machines with words for people. */
export function valueLabel(glossary: Glossary, provider: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => valueLabel(glossary, provider, one)).join(', ');
  const text = plainValue(value);
  if (typeof value !== 'string') return text;
  return glossary.plain(provider, 'value', text) === null
    ? text
    : serviceLabelText(serviceLabel(glossary, provider, 'value', text));
}

/** The name of something a service says, such as `voice_trends.lead`. */
export function fieldLabel(glossary: Glossary, provider: string, name: string): string {
  const short = oneLine(name, 60);
  return (
    glossary.plain(provider, 'field', name) ??
    OWN_NAMES[name] ??
    (isMachineWord(short) ? `“${short}”` : short)
  );
}

/** Written for machines: words that are glued together. */
export const isMachineWord = (word: string): boolean =>
  /^[\p{L}\p{N}]+([_.:/-][\p{L}\p{N}]+)+$|^\p{Ll}+\p{Lu}/u.test(word);

/** What a message may add to a card, and claims that Leadtrail itself makes of what services say. */
export const OWN_NAMES: Record<string, string> = {
  agent: 'Who answered',
  answered: 'Whether it was answered',
  answers: 'Answers',
  attribution: 'Where they came from',
  direction: 'Direction',
  dispositions: 'How it went',
  duration_s: 'Length',
  from: 'Caller',
  keypad: 'Keys pressed',
  keywords: 'Keywords',
  lead_status: 'Lead status',
  milestones: 'Milestones',
  note: 'Note',
  outcome: 'Outcome',
  recording_url: 'Recording',
  requests: 'What they asked for',
  score: 'Score',
  sentiment: 'How the caller felt',
  started_at: 'Start',
  state: 'How it stands',
  summary: 'Summary',
  tags: 'Tags',
  to: 'Number it went to',
  topics: 'Topics',
  tracking_number: 'Number called',
  transcript: 'Transcript',
  transcript_raw: 'Transcript',
  value_cents: 'Value',
  voicemail: 'Voicemail',
};
