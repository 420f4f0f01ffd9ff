import { describe, expect, test } from 'vitest';
import { guessRep, nameKey, repName } from './reps';
import { findZones, offsetWords, zonePlace } from './zones';

const sam = { name: 'Sam Lee', also: ['sam@roofs.example'] };
const kim = { name: 'Kim', also: [] };
const reps = [sam, kim];

describe('who somebody is', () => {
  test('capitals and blanks make no other name', () => {
    expect(nameKey('  Sam   LEE ')).toBe('sam lee');
    expect(repName(reps, 'SAM@roofs.example ')).toBe('Sam Lee');
    expect(repName(reps, 'kim')).toBe('Kim');
    expect(repName(reps, 'lee@roofs.example')).toBe('lee@roofs.example');
    expect(repName(reps, null)).toBe('');
  });
  test('a guess is made where only one can be meant', () => {
    expect(guessRep(reps, 'sam.lee@else.example')).toBe(sam);
    expect(guessRep(reps, 'slee@else.example')).toBe(sam);
    expect(guessRep(reps, 'Kim (mobile)')).toBe(kim);
    expect(guessRep(reps, 'lee')).toBe(sam);
    expect(guessRep([sam, { name: 'Ada Lee', also: [] }], 'lee')).toBeUndefined();
    expect(guessRep(reps, 'front desk')).toBeUndefined();
    expect(guessRep(reps, '+14045550142')).toBeUndefined();
  });
});

describe('time zones', () => {
  const all = [
    'UTC',
    'America/New_York',
    'America/Chicago',
    'Europe/London',
    'Asia/Kolkata',
    'America/Sao_Paulo',
  ];
  test('found by place, region, letters and without accents', () => {
    expect(findZones('new yo', all)).toEqual(['America/New_York']);
    expect(findZones('eastern', all)).toEqual(['America/New_York']);
    expect(findZones('são', all)).toEqual(['America/Sao_Paulo']);
    expect(findZones('ist', all)[0]).toBe('Asia/Kolkata');
    expect(findZones('america chi', all)).toEqual(['America/Chicago']);
    expect(findZones('mars', all)).toEqual([]);
    expect(findZones('  ', all)).toEqual(all);
  });
  test('place and offset', () => {
    expect(zonePlace('America/Argentina/Buenos_Aires')).toBe('Buenos Aires');
    expect([-14_400, 20_700, 0, -12_600].map(offsetWords)).toEqual(['GMT−4', 'GMT+5:45', 'GMT', 'GMT−3:30']);
  });
});
