import { describe, expect, it } from 'vitest';
import { coalesced } from './coalesced';

/** Work whose runs end when they are told to. */
function steps() {
  const ends: ((failure?: Error) => void)[] = [];
  const work = coalesced(
    () => new Promise<void>((done, fail) => ends.push((failure) => (failure ? fail(failure) : done()))),
  );
  return { ends, work };
}

describe('work that news asks for', () => {
  it('runs once at a time, and once more for all who asked meanwhile', async () => {
    const { ends, work } = steps();
    const first = work();
    const later = [work(), work(), work()];
    expect(ends).toHaveLength(1);
    ends[0]!();
    await first;
    await Promise.resolve();
    await expect.poll(() => ends.length).toBe(2);
    ends[1]!();
    await Promise.all(later);
    expect(ends).toHaveLength(2);
    const again = work();
    expect(ends).toHaveLength(3);
    ends[2]!();
    await again;
  });

  it('goes on after a run that failed', async () => {
    const { ends, work } = steps();
    const first = work();
    const second = work();
    ends[0]!(new Error('no'));
    await expect(first).rejects.toThrow('no');
    await expect.poll(() => ends.length).toBe(2);
    ends[1]!();
    await second;
    const third = work();
    expect(ends).toHaveLength(3);
    ends[2]!();
    await third;
  });
});
