/**
 * Backups, health, erasing and recovery: what the server says of them, and how to ask. Times are RFC 3339 in
 * UTC, sizes are bytes.
 */
import { request } from './client';
import type { components } from './schema';
import type { Settings } from './types';

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
export type Restored = Schemas['Restored'];
export type Health = Schemas['DoctorState'];
export type DoctorItem = Schemas['DoctorItem'];
export type Doctor = Schemas['Doctor'];
/** What erasing a person takes away, or took away. */
export type Erasure = Schemas['EraseAnswer'];
/** What a retention rule would take, or took, of one source. */
export type Expiring = Schemas['Expiring'];
/** A line about something that was erased, without anything personal in it. */
export type ErasureLine = Schemas['ErasureView'];

export type Silence = Schemas['SourceSilence'];

export type DamageKind = Schemas['DamageKind'];

/** The file cannot be read, is not there, or is an older one: what can be done about it. */
export type Damage = Schemas['Damage'];
/** What to do about such a file. */
export type Recovery = Partial<Schemas['Recovery']>;
export type WriteTrouble = Schemas['WriteTrouble'];
/** Days after which what a source sent is erased, by the id of the source. */
export type Retention = Settings['retention'];

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

  erasures: (signal?: AbortSignal) => request<Schemas['Erasures']>('GET', '/api/erasures', { signal }),
  setRetention: (retention: Retention) =>
    request<Settings>('PATCH', '/api/settings', { body: { retention } }),
  /** What the rules would take; `retention` are rules that are not set yet. */
  retain: (dryRun: boolean, retention?: Retention, signal?: AbortSignal) =>
    request<Schemas['RetentionAnswer']>('POST', '/api/retention', {
      body: { dry_run: dryRun, ...(retention ? { retention } : {}) },
      signal,
    }),

  recover: (how: Recovery) => request<Restored | undefined>('POST', '/api/recovery', { body: how }),
};
