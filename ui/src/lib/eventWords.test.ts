import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventWords, knownEvent } from './eventWords';
import { Glossary, isOfMachines } from './serviceWords';

const reader = (name: string) => readFileSync(`../src-tauri/providers/${name}/mod.rs`, 'utf8');
const between = (text: string, from: string, to: string) => text.split(from)[1]!.split(to)[0]!;
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((m) => m[1]!);

/** What the readers know, taken from where they say so. */
const events: Record<string, string[]> = {
  callrail: all(between(reader('callrail'), 'fn key(self)', 'fn parse'), /=> "(\w+)"/g),
  'curious-thing': all(reader('curious_thing'), /EventType \{ key: "(\w+)"/g),
  telmetrics: between(reader('telmetrics'), 'fn parse(name: &str)', 'fn rank')
    .split('\n')
    .flatMap((line) => {
      const [collections, names] = line.split('", "');
      if (!names?.includes('=>')) return [];
      const first = all(`${collections}"`, /"(\w+)"/g)[0]!;
      return all(`"${names}`, /"(\w+)"/g).map((name) => `${first}.${name}`);
    }),
  varda: all(reader('varda'), /^ {4}"([a-z]+\.[a-z_]+)",$/gm),
};

describe('an event of a service', () => {
  it('has words for people, whichever service and event', () => {
    expect(Object.entries(events).map(([provider, list]) => [provider, list.length])).toEqual([
      ['callrail', 11],
      ['curious-thing', 5],
      ['telmetrics', 6],
      ['varda', 9],
    ]);
    const silent = Object.entries(events).flatMap(([provider, list]) =>
      list.filter((event) => !knownEvent(provider, event)).map((event) => `${provider} ${event}`),
    );
    expect(silent).toEqual([]);
    for (const [provider, list] of Object.entries(events))
      for (const event of list) {
        const words = eventWords(provider, event);
        expect(isOfMachines(words), words).toBe(false);
        expect(words, event).not.toMatch(/\b(pre|post|preprocessed|processed|SMS)\b/i);
      }
  });
  it('has them however the service writes it', () => {
    expect(eventWords('telmetrics', 'CallDetailsV5.CallStartCall')).toBe('Call ringing');
    expect(eventWords('curious-thing', 'CallComplete')).toBe('Call over');
    expect(eventWords('callrail', 'Pre-Call')).toBe('Call ringing');
  });
  it('that is a status of a lead is told as the reader tells it', () => {
    const glossary = new Glossary([
      { slug: 'meera', words: [{ kind: 'status', word: 'NotDone', plain: 'Not called yet' }] },
    ]);
    expect(eventWords('meera', 'NotDone', glossary)).toBe('Not called yet');
  });
  it('that nobody knows is told apart into its words', () => {
    expect(eventWords('varda', 'roof.was_seen')).toBe('Roof was seen');
    expect(eventWords('telmetrics', 'CallDetailsV6.CallPondered')).toBe('Call pondered');
    expect(eventWords('', 'SMSReceived')).toBe('SMS received');
    expect(eventWords('callrail', '')).toBe('');
  });
});
