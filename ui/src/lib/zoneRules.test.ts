import { beforeAll, describe, expect, it, vi } from 'vitest';
import { api, ApiError } from './api';
import { dayKey, fullMoment, hourMinute, moment } from './format';
import { zoneRules } from './zoneRules.svelte';

// No browser has such clocks: what is shown can only be of these.
const odd = [
  { at: '1970-01-01T00:00:00Z', offset_s: -8 * 3600, abbreviation: 'PST' },
  { at: '2026-03-08T10:00:00Z', offset_s: 3 * 3600 + 2700, abbreviation: null },
];

beforeAll(() => zoneRules.set('America/Vancouver', odd));

describe('times of a zone', () => {
  const zone = 'America/Vancouver';

  it('are told by the rules of the program, not by those of the browser', () => {
    expect(hourMinute('2026-11-30T20:00:00Z', zone)).toBe('23:45');
    expect(dayKey('2026-11-30T20:30:00Z', zone)).toBe('2026-12-01');
    expect(dayKey('2026-03-08T07:59:59Z', zone)).toBe('2026-03-07');
    expect(moment('2026-11-30T20:00:00Z', Date.parse('2026-11-29T20:00:00Z'), zone)).toBe(
      'Mon 30 Nov, 23:45',
    );
    expect(fullMoment('2026-11-30T20:00:00Z', zone)).toBe('Monday 30 November 2026, 23:45:00 GMT+3:45');
    expect(fullMoment('2026-03-08T09:59:59Z', zone)).toBe('Sunday 8 March 2026, 01:59:59 GMT-8');
  });

  it('are asked for once, and a zone nobody knows is not asked for again', async () => {
    const ask = vi
      .spyOn(api, 'zoneOffsets')
      .mockImplementation((name) =>
        name === 'Mars/Olympus'
          ? Promise.reject(new ApiError('not_found', 'Not found', 'There is no time zone of that name.'))
          : Promise.resolve({ name, version: '2026f', origin: 'bundled', offsets: odd }),
      );
    for (const name of ['Asia/Tokyo', 'Mars/Olympus']) {
      zoneRules.at(name, 0);
      await zoneRules.load(name);
      zoneRules.at(name, 0);
    }
    expect(ask).toHaveBeenCalledTimes(2);
    expect(zoneRules.at('Asia/Tokyo', Date.parse('2026-11-30T20:00:00Z'))?.seconds).toBe(13_500);
    expect(zoneRules.at('Mars/Olympus', 0)).toBeUndefined();
  });
});
