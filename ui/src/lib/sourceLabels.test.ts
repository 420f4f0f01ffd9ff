import { describe, expect, it } from 'vitest';
import type { Provider } from './api';
import {
  webhookUrlsOf,
  allUrls,
  copyAllLabel,
  isLocal,
  regions,
  reverifiedWords,
  shortUrl,
  standingWords,
  stepsOf,
  testWords,
} from './sourceLabels';

describe('addresses', () => {
  it('keeps the order of the provider and loses none', () => {
    const provider = {
      events: [
        { key: 'pre_call', label: 'Pre-Call' },
        { key: 'post_call', label: 'Post-Call' },
      ],
    } as Provider;
    const urls = { post_call: 'u2', new_thing: 'u3', pre_call: 'u1' };
    expect(webhookUrlsOf({ urls }, provider).map((a) => a.label)).toEqual([
      'Pre-Call',
      'Post-Call',
      'new thing',
    ]);
  });
  it('shows no more of the secret than its end', () => {
    expect(shortUrl('https://hooks.example/hooks/k7Qm2xVb9RtLw4tw2/convert_assist_complete')).toEqual({
      host: 'hooks.example',
      key: '/…4tw2/',
      event: 'convert_assist_complete',
    });
    expect(shortUrl('https://hooks.example/hooks/k7Qm2xVb9RtLw4tw2')).toEqual({
      host: 'hooks.example',
      key: '/…4tw2',
      event: '',
    });
    for (const url of [
      'https://h.example/a/hooks/SECRETSECRET/x',
      'http://127.0.0.1:8787/hooks/SECRETSECRET',
    ]) {
      expect(JSON.stringify(shortUrl(url))).not.toContain('SECRETSEC');
    }
  });
  it('copies one bare and several named', () => {
    expect(allUrls([{ key: 'all', label: 'All events', url: 'u' }])).toBe('u');
    expect(
      allUrls([
        { key: 'a', label: 'A', url: 'u1' },
        { key: 'b', label: 'B', url: 'u2' },
      ]),
    ).toBe('A: u1\nB: u2');
    expect(copyAllLabel(10)).toBe('Copy all ten');
    expect(copyAllLabel(2)).toBe('Copy both');
  });
  it('knows which work on this machine only', () => {
    expect(isLocal('http://127.0.0.1:8787/hooks/x')).toBe(true);
    expect(isLocal('https://hooks.example/hooks/x')).toBe(false);
  });
});

describe('stepsOf', () => {
  const credential = { kind: 'signing_key' as const, label: 'Signing key', help: '' };
  const paste = { title: 'Paste them', text: 'There.' };
  it('takes the last step for the key', () => {
    const steps = stepsOf({ steps: [paste, { title: 'Copy the secret', text: 'Here.' }], credential });
    expect(steps.map((s) => [s.title, s.credential])).toEqual([
      ['Paste them', false],
      ['Copy the secret', true],
    ]);
  });
  it('adds one where the provider has none of its own', () => {
    expect(stepsOf({ steps: [paste], credential }).map((s) => s.title)).toEqual([
      'Paste them',
      'Paste the signing key here',
    ]);
  });
});

describe('words', () => {
  it('says how a test went', () => {
    expect(testWords({ status: 'accepted' })).toEqual({
      good: true,
      text: 'The test event went in through the public door and is on the timeline. The address works.',
    });
    expect(testWords({ status: 'quarantined', reason: 'Signed with a key we do not know.' }).text).toBe(
      'The test event was kept in quarantine: Signed with a key we do not know.',
    );
    expect(testWords({ status: 'something' }).good).toBe(false);
  });
  it('does not call a service connected that never sent anything', () => {
    const at = '2026-03-26T09:00:00Z';
    const says = (last: string | null, own: string | null) =>
      standingWords({ last_event_at: last, last_own_event_at: own }, 'CallRail');
    expect(says(null, null)).toBe('Waiting for the first event…');
    expect(says(at, null)).toBe('The test arrived. Waiting for CallRail’s first own event');
    expect(says(at, at)).toBe('Connected');
  });
  it('says what a new key brought', () => {
    expect(reverifiedWords({ checked: 2, placed: 1 })).toBe(
      '2 kept messages checked again, 1 placed on timelines.',
    );
    expect(reverifiedWords({ checked: 0, placed: 0 })).toBe('');
  });
  it('offers regions by name, whatever the source has', () => {
    expect(regions().likely[0]).toEqual({ code: 'US', name: 'United States' });
    expect(regions('BD').likely.some((r) => r.code === 'BD')).toBe(true);
    expect(regions('??').likely.some((r) => r.code === '??')).toBe(true);
  });
});
