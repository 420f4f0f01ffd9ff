import { expect, it } from 'vitest';
import { seenBy } from './evidence';

const entries = [
  { source: 1, provider: 'varda', deliveries: [11] },
  { source: 2, provider: 'meera', deliveries: [12, 15] },
  { source: 3, provider: 'callrail', deliveries: [13] },
  { source: null, provider: 'leadtrail', deliveries: [] },
];

it('names every service that told of a detail, each with the first delivery that carries it', () => {
  const phone = { source: 1, provider: 'varda', deliveries: [11, 12, 13, 15] };
  expect(seenBy([phone], entries)).toEqual([
    { source: 1, provider: 'varda', delivery: 11 },
    { source: 2, provider: 'meera', delivery: 12 },
    { source: 3, provider: 'callrail', delivery: 13 },
  ]);
});

it('opens none of another service, and what is not read yet as one of the service that is named', () => {
  const later = { source: 3, provider: 'callrail', deliveries: [12, 13] };
  expect(seenBy([later], entries)[0]).toEqual({ source: 3, provider: 'callrail', delivery: 13 });
  const unread = { source: 3, provider: 'callrail', deliveries: [99] };
  expect(seenBy([unread], entries)).toEqual([{ source: 3, provider: 'callrail', delivery: 99 }]);
});

it('names whoever joined them by hand, once', () => {
  const hand = { source: null, provider: 'leadtrail', deliveries: [] };
  expect(seenBy([hand, hand], entries)).toEqual([
    { source: null, provider: 'leadtrail', delivery: undefined },
  ]);
});
