/** Words heard in a call, each once: services name one word in several ways, and one time several times. */
import type { Call } from './api';

export interface TimedKeyword {
  text: string;
  /** Seconds from the start, in order; none beyond the end of the call. */
  at_s: number[];
}

/** Equal words as one, whatever their case, with all the times any of them was heard at. */
export function heard(call: Pick<Call, 'keywords' | 'duration_s'>): TimedKeyword[] {
  const end = call.duration_s && call.duration_s > 0 ? call.duration_s : 1e6;
  const out = new Map<string, TimedKeyword>();
  for (const { text, at_s } of call.keywords) {
    const key = text.normalize('NFC').replace(/\s+/g, ' ').trim().toLowerCase();
    if (!key) continue;
    const one = out.get(key) ?? { text: text.trim(), at_s: [] };
    one.at_s.push(...at_s);
    out.set(key, one);
  }
  // Two moments of one second read the same.
  const seconds = (all: number[]) =>
    [...new Set(all.filter((s) => Number.isFinite(s) && s >= 0 && s <= end).map(Math.floor))].sort(
      (a, b) => a - b,
    );
  return [...out.values()].map((one) => ({ ...one, at_s: seconds(one.at_s) }));
}
