/**
 * The rooms and their place in the rail. A room is `rooms/NAME/index.svelte`; it gets what follows it in the
 * address as `path` and `query`, and is plugged in by being there. Leads come first, so they are not split off.
 */
import ChartColumn from '@lucide/svelte/icons/chart-no-axes-column';
import FileDown from '@lucide/svelte/icons/file-down';
import Inbox from '@lucide/svelte/icons/inbox';
import Phone from '@lucide/svelte/icons/phone';
import Plug from '@lucide/svelte/icons/plug';
import Archive from '@lucide/svelte/icons/archive';
import Building from '@lucide/svelte/icons/building-2';
import Eraser from '@lucide/svelte/icons/eraser';
import HeartPulse from '@lucide/svelte/icons/heart-pulse';
import Radar from '@lucide/svelte/icons/radar';
import Settings from '@lucide/svelte/icons/settings';
import Users from '@lucide/svelte/icons/users';
import type { Component } from 'svelte';
import { roomName } from '../lib/labels';
import type { RoomProps } from '../lib/router.svelte';
import LeadRoom from '../rooms/leads/lead/index.svelte';
import LeadsRoom from '../rooms/leads/SplitView.svelte';

export type Room = Component<RoomProps>;

const split = import.meta.glob<{ default: Room }>([
  '../rooms/*/index.svelte',
  '!../rooms/leads/index.svelte',
]);

const here: Record<string, Room> = { leads: LeadsRoom, lead: LeadRoom };
const loading = new Map<string, Promise<Room>>();

/** The room of that name, if it was fetched already. */
export const roomHere = (name: string): Room | undefined => here[name];

/** The room of that name, `null` when there is none. */
export function loadRoom(name: string): Promise<Room> | null {
  const made = here[name];
  if (made) {
    const ready = loading.get(name) ?? Promise.resolve(made);
    loading.set(name, ready);
    return ready;
  }
  const load = split[`../rooms/${name}/index.svelte`];
  if (!load) return null;
  let promise = loading.get(name);
  if (!promise) {
    promise = load().then((module) => (here[name] = module.default));
    promise.catch(() => loading.delete(name));
    loading.set(name, promise);
  }
  return promise;
}

export interface RailRoom {
  room: string;
  name: string;
  icon: Component<{ class?: string }>;
  /** After `G`. */
  key: string;
  /** Rooms that belong to it: the rail shows it as the current one there too. */
  also: string[];
}

const RAIL: Omit<RailRoom, 'name'>[] = [
  { room: 'leads', icon: Users, key: 'l', also: ['lead'] },
  { room: 'calls', icon: Phone, key: 'c', also: [] },
  { room: 'reports', icon: ChartColumn, key: 'p', also: [] },
  { room: 'deliveries', icon: Inbox, key: 'd', also: [] },
  { room: 'sources', icon: Plug, key: 's', also: ['connect'] },
  { room: 'settings', icon: Settings, key: ',', also: [] },
];

export const ROOMS: RailRoom[] = RAIL.filter(
  (r) => here[r.room] || split[`../rooms/${r.room}/index.svelte`],
).map((r) => ({ ...r, name: roomName[r.room] ?? r.room }));

/** Pages within rooms that are worth finding by name. */
export const PAGES: {
  text: string;
  href: string;
  icon: Component<{ class?: string }>;
  /** Other words they may be looked for by. */
  words: string;
  /** Shown before anything was typed. */
  first?: boolean;
}[] = [
  {
    text: 'Health',
    href: '#/settings/health',
    icon: HeartPulse,
    words: 'check doctor problem disk',
    first: true,
  },
  {
    text: 'Files and saved reports',
    href: '#/reports/exports',
    icon: FileDown,
    words: 'export schedule pdf xlsx csv made download weekly monthly',
  },
  {
    text: 'Business',
    href: '#/settings/business',
    icon: Building,
    words: 'name time zone opening hours holidays currency reps people agents test numbers',
  },
  { text: 'Backups', href: '#/settings/backups', icon: Archive, words: 'back up restore copy damaged' },
  {
    text: 'Reaching this machine',
    href: '#/settings/reach',
    icon: Radar,
    words: 'public address tunnel tailscale funnel cloudflared ngrok listen',
  },
  {
    text: 'Erasing',
    href: '#/settings/erasing',
    icon: Eraser,
    words: 'retention forget delete privacy gdpr age old',
  },
];
