/** Pure: who told of a detail that events of one person share. */
import type { Entry, Evidence } from '../../../lib/api';

export interface SeenBy {
  source: number | null;
  provider: string;
  /** The first of its deliveries that carries it. */
  delivery: number | undefined;
}

/**
 * Every service that is known to have told of a detail, in the order in which they did. The server names the first, and
 * deliveries that carry it; the timeline knows whose those are.
 */
export function seenBy(
  items: readonly Pick<Evidence, 'source' | 'provider' | 'deliveries'>[],
  entries: readonly Pick<Entry, 'source' | 'provider' | 'deliveries'>[],
): SeenBy[] {
  const tellers = new Map<number, Pick<Entry, 'source' | 'provider'>>();
  for (const entry of entries)
    if (entry.source !== null) for (const delivery of entry.deliveries) tellers.set(delivery, entry);
  const out = new Map<string, SeenBy>();
  const add = ({ source, provider }: Pick<Entry, 'source' | 'provider'>, delivery: number | undefined) => {
    const known = out.get(`${source} ${provider}`);
    if (!known) out.set(`${source} ${provider}`, { source, provider, delivery });
    else known.delivery ??= delivery;
  };
  for (const item of items) {
    const told = item.deliveries.map((delivery) => ({ delivery, by: tellers.get(delivery) }));
    // What the timeline has not read yet is taken for one of the service that is named.
    add(item, told.find(({ by }) => !by || by.source === item.source)?.delivery);
    for (const { delivery, by } of told) if (by) add(by, delivery);
  }
  return [...out.values()];
}
