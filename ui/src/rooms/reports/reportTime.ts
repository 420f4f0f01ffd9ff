/** How a report's time zone and moments are written. Figures come written. */
import { clockFormat, inZone, ms } from '../../lib/format';
import { zoneRules } from '../../lib/zoneRules.svelte';

/** `New York time (EDT)`; `UTC`. */
export function zoneName(zone: string, at: string | number): string {
  const place = zone.split('/').pop() ?? zone;
  if (!zone.includes('/') || zone.startsWith('Etc/')) return place;
  const short = zoneRules.at(zone, ms(at))?.name;
  const name = `${place.replace(/_/g, ' ')} time`;
  return short ? `${name} (${short})` : name;
}

/** `26 Mar 2026, 09:14`, in the zone of the report. */
export const momentIn = (at: string, zone: string): string =>
  inZone({ day: 'numeric', month: 'short', year: 'numeric', ...clockFormat() }, ms(at), zone);
