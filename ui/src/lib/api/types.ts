/**
 * What the API says: names for the shapes of `schema.d.ts`, which `npm run types` makes from the server's own
 * description (`openapi.json`, kept fresh by a test). Times are RFC 3339 in UTC, money is integer cents, phones
 * are E.164.
 */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Zones = Schemas['Zones'];
/** How the clocks of a zone go. */
export type ZoneOffsets = Schemas['ZoneOffsets'];

export type Stage = Schemas['Stage'];
export type Outcome = Schemas['Outcome'];
export type SentimentLabel = Schemas['SentimentLabel'];
export type Sentiment = Schemas['Sentiment'];
export type EntryKind = Schemas['EntryKind'];
export type CallState = Schemas['CallState'];

export type Attribution = Schemas['Attribution'];
export type Need = Schemas['Need'];
export type NeedKind = Schemas['NeedKind'];
export type LastEntry = Schemas['LastEntry'];
export type Appointment = Schemas['Appointment'];
export type Lead = Schemas['Lead'];
export type LeadRow = Schemas['ListedLead'];
export type Evidence = Schemas['Evidence'];
export type Question = Schemas['OwnerQuestion'];
export type LeadDetail = Schemas['LeadDetail'];
export type Step = Schemas['Step'];

export type MessageView = Schemas['MessageView'];
export type FormView = Schemas['FormView'];
export type StatusView = Schemas['StatusView'];
export type ConversationView = Schemas['ConversationView'];
export type ContactView = Schemas['ContactView'];
export type OutcomeView = Schemas['OutcomeView'];
export type NoteView = Schemas['NoteView'];
export type ActionView = Schemas['ActionView'];
/** How a gap stands for one source. */
export type GapSource = Schemas['GapSource'];
/** A period in which nothing could be taken in. */
export type Gap = Schemas['GapView'];
export type GapReason = Schemas['GapReason'];

export type ImportKind = 'calls' | 'texts' | 'forms' | 'leads';
export type RowState = Schemas['ImportRowState'];
/** A column of a file: what it is called, some of what it holds, and what was recognised. */
export type ImportColumn = Schemas['ImportColumn'];
/** What a column can become. */
export type ImportField = Schemas['ImportField'];
/** A file on its way in. Its mapping leads from our field to their column. */
export type Import = Schemas['Import'];
export type ImportRow = Schemas['ImportedRow'];
/** A column mapping somebody saved under a name. */
export type Mapping = Schemas['Mapping'];
export type NewMapping = Schemas['NewMapping'];
/** What a file is to be read as. */
export type ImportPlan = Schemas['ImportChoice'];

export type Entry = Schemas['Entry'];
/** An entry of one kind, or of one of several: it holds what that kind says. */
export type EntryOf<K extends EntryKind> = Extract<Entry, { kind: K }>;

export type Turn = Schemas['Turn'];
export type Keyword = Schemas['Keyword'];
export type Claim = Schemas['Claim'];
/** What a claim is about, where it is no word of a sender's own. */
export type KnownClaim = Schemas['KnownClaim'];
export type CallStage = Schemas['CallStage'];
export type Answer = Schemas['Answer'];
export type Call = Schemas['Call'];

/** A page of a list, as the server answers it. */
export type Page<T> = Omit<Schemas['Page_Delivery'], 'items'> & { items: T[] };

export type TakingBack = Schemas['TakingBack'];
export type TakenBack = Schemas['UndoneEntry'];
export type Timeline = Schemas['Timeline'];

export type Settings = Schemas['Settings'];
export type SettingsChange = Schemas['SettingsChange'];
/** What figures need to know of the business. */
export type Business = Schemas['BusinessSettings'];
export type BusinessChange = Schemas['BusinessChange'];
/** When it is open, by weekday; a day without times is closed. */
export type OpeningHours = Schemas['OpeningHours'];
export type OpeningSpan = Schemas['OpeningSpan'];
/** Somebody of the business, and what services call them. */
export type Rep = Schemas['Rep'];
/** Who can look after a lead: people of the settings, and names services use that are nobody's yet. */
export type Reps = Schemas['Reps'];
export type Status = Schemas['Status'];
export type DeliveryState = Schemas['DeliveryState'];
export type Provider = Schemas['Provider'];
/** What of a source failed verification and waits; when it is full, the oldest make room. */
export type Quarantine = Schemas['Quarantine'];
export type Source = Schemas['Source'];
export type NewSource = Schemas['NewSource'];
export type SourceChange = Schemas['SourceChange'];
export type Delivery = Schemas['Delivery'];
export type DeliveryDetail = Schemas['DeliveryDetail'];
export type ReplayFilter = Partial<Schemas['ReplayQuery']>;
/** A lead that a replay added, changed or joined with another. */
export type TouchedLead = Schemas['AffectedLead'];
export type ReplayAnswer = Schemas['ReplayAnswer'];
/** A source after a change, and what a new key made of its quarantine. */
export type ChangedSource = Schemas['ChangedSource'];
export type SearchHit = Schemas['SearchHit'];
/** What moved; `exports` are files that began to be made, or were. */
export type Changes = Schemas['Changes'];

/** What can be done about a lead, and by whom. */
export type ActionInput = Schemas['NewAction'];
export type ActionAnswer = Schemas['Done'];
