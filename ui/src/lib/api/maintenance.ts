/**
 * Backups, health, erasing and recovery: what the server says of them, and how to ask. Times are RFC 3339 in
 * UTC, sizes are bytes.
 */
import { request } from './client';
import type { components } from './schema';
import type { Changes, Settings, Source, Status, Time } from './types';

type Schemas = components['schemas'];

export type BackupKind = Schemas['BackupKind'];
export type Backup = Schemas['Backup'];
export type BackupContents = Schemas['BackupContents'];
export type ComingSource = Schemas['ComingSource'];
export type Keep = Schemas['KeepView'];
export type Backups = Schemas['Backups'];
/** What the owner may set about backups. Without a folder it is the one beside the data. */
export type BackupSettings = Schemas['BackupSettingsChange'];

/** What a restore did. */
export interface Restored {
  /** The file that was in use before: a backup now. */
  kept?: string | null;
  /** Deliveries that senders sent since, placed anew. */
  carried_over?: number;
  /** What people did since, left in the kept file. */
  left_out?: number;
}

/** What recovering from a damaged file did. */
export interface Recovered extends Restored {
  /** What could not be read any more, in words. */
  lost?: string[];
}

export type Health = 'ok' | 'warn' | 'bad';

export interface DoctorItem {
  name: string;
  state: Health;
  title: string;
  text: string;
  todo: string | null;
}

export interface Doctor {
  ok: boolean;
  items: DoctorItem[];
}

/** What erasing a person takes away, or took away. */
export interface Erasure {
  events: number;
  deliveries: number;
  calls: number;
  messages: number;
  notes: number;
  quarantined: number;
  /** Files that were sent to be imported, never were, and name them: they are removed. */
  uploads?: number;
  /** Imports under way, or interrupted, whose files still name them. */
  imports?: number[];
  /** Report files made since they were first heard from: they are deleted. */
  exports_deleted?: number;
  /** The same in folders that were picked for schedules: they stay. */
  exports?: string[];
  /** Names of the backups that still hold them. */
  backups: string[];
  /** How much of what other people said or wrote names them: it stays with those people. */
  named_elsewhere?: number;
  /** Where: the newest of them. */
  named_in?: { lead_id: number; lead_name?: string | null; entry: string; at: Time }[];
  /** Nothing is left in free pages of the file either; where not, that is done at the next start. */
  swept?: boolean;
}

/** What a retention rule would take, or took, of one source. */
export interface Aged {
  source: number;
  days: number;
  /** Whatever happened before this. */
  before: Time | null;
  events: number;
  deliveries: number;
  leads: number;
}

/** A line about something that was erased, without anything personal in it. */
export interface Erased {
  id: number | string;
  at: Time;
  what: 'person' | 'retention';
  /** The lead that is left of the person, where it was one. */
  lead?: number | null;
  events: number;
  backups: string[];
  /** Its bytes are still being cleaned out of the file. */
  pending?: boolean;
}

export type Silence = Schemas['SourceSilence'];

export type DamageKind = Schemas['DamageKind'];

/** The file cannot be read, is not there, or is an older one: what can be done about it. */
export interface Damaged {
  what: DamageKind;
  text: string;
  /** Where the file lies. */
  folder?: string;
  backups: Backup[];
  salvage: boolean;
  /** An empty file may be begun. */
  begin_empty: boolean;
  /** The file may be taken as it is. */
  as_it_is: boolean;
}

/** What to do about such a file. */
export type Recovery = { restore: string } | { salvage: true } | { begin_empty: true } | { as_it_is: true };

export interface Trouble {
  text: string;
  since: Time | null;
}

/** Days after which what a source sent is erased, by the id of the source. */
export type Retention = Record<string, number>;

export type SettingsMore = Settings & { retention?: Retention };
export type StatusMore = Omit<Status, 'settings'> & {
  settings: SettingsMore;
  damaged?: Damaged | null;
  trouble?: Trouble | null;
  open_gaps?: number;
};
export type SourceMore = Source & { silence?: Silence | null; last_heard?: Time | null };
/** What moved, and how everything stands now: `sources` is missing while the file is damaged. */
export type ChangesMore = Omit<Changes, 'snapshot'> & {
  snapshot?: { status: StatusMore; sources?: { items: SourceMore[] } | null } | null;
};

const name = (text: string) => encodeURIComponent(text);

export const maintenance = {
  backups: (signal?: AbortSignal) => request<Backups>('GET', '/api/backups', { signal }),
  /** What a backup holds, and which services and addresses come with it. */
  backupContents: (backup: string, signal?: AbortSignal) =>
    request<BackupContents>('GET', `/api/backups/${name(backup)}`, { signal }),
  backUp: () => request<Backup>('POST', '/api/backups', { body: {} }),
  restore: (backup: string, exact: boolean) =>
    request<Restored | undefined>('POST', `/api/backups/${name(backup)}/restore`, { body: { exact } }),
  setBackups: (change: BackupSettings) =>
    request<Settings>('PATCH', '/api/settings', { body: { backups: change } }),
  rewrite: (backup: string) => request<unknown>('POST', `/api/backups/${name(backup)}/rewrite`, { body: {} }),
  removeBackup: (backup: string) => request<void>('DELETE', `/api/backups/${name(backup)}`),

  doctor: (signal?: AbortSignal) => request<Doctor>('GET', '/api/doctor', { signal }),
  reach: () => request<DoctorItem>('POST', '/api/doctor/reach', { body: {} }),

  erase: (lead: number, dryRun: boolean, signal?: AbortSignal) =>
    request<Erasure>('POST', `/api/leads/${lead}/erase`, { body: { dry_run: dryRun }, signal }),

  erasures: (signal?: AbortSignal) => request<{ items: Erased[] }>('GET', '/api/erasures', { signal }),
  setRetention: (retention: Retention) =>
    request<Settings>('PATCH', '/api/settings', { body: { retention } }),
  /** What the rules would take; `retention` are rules that are not set yet. */
  retain: (dryRun: boolean, retention?: Retention, signal?: AbortSignal) =>
    request<{ sources: Aged[] }>('POST', '/api/retention', {
      body: { dry_run: dryRun, ...(retention ? { retention } : {}) },
      signal,
    }),

  recover: (how: Recovery) => request<Recovered | undefined>('POST', '/api/recovery', { body: how }),
};
