/**
 * What the API says, by hand for now: the shapes of `src-tauri/domain/view.rs` and of the API's own answers.
 * Times are RFC 3339 in UTC, money is integer cents, phones are E.164.
 * Once `schema.d.ts` is generated (`npm run types`) these become re-exports of it.
 */

export type Time = string;
export type Cents = number;

export type Stage =
  | 'new'
  | 'contacted'
  | 'responded'
  | 'quoted'
  | 'booked'
  | 'converted'
  | 'lost'
  | 'unreachable'
  | 'do_not_contact';

export type Outcome =
  'booked' | 'quoted' | 'follow_up' | 'not_interested' | 'no_answer' | 'spam' | 'wrong_number' | 'other';

export type SentimentLabel = 'positive' | 'neutral' | 'negative' | 'mixed';

export interface Sentiment {
  label: SentimentLabel;
  score: number | null;
  origin: 'provider' | 'estimated';
}

export type EntryKind =
  'call' | 'message' | 'form' | 'status' | 'conversation' | 'contact' | 'outcome' | 'note' | 'action' | 'gap';

/** Free-form objects of senders. */
export type Facts = Record<string, unknown>;

export interface Attribution {
  source?: string | null;
  medium?: string | null;
  campaign?: string | null;
  term?: string | null;
  content?: string | null;
  landing_page?: string | null;
  referrer?: string | null;
  gclid?: string | null;
  [more: string]: string | null | undefined;
}

export interface Need {
  what: 'call_back' | 'reply' | 'human' | (string & {});
  since: Time;
  entry: string;
}

export interface LastEntry {
  entry: string;
  kind: EntryKind;
  text: string;
  direction: 'inbound' | 'outbound' | (string & {}) | null;
}

export interface Appointment {
  at: Time | null;
  text: string;
  source: number;
}

export interface Lead {
  id: number;
  name: string | null;
  phones: string[];
  emails: string[];
  address: Record<string, string | null>;
  time_zone: string | null;
  external_ids: Record<string, unknown>[];
  appointments: Appointment[];
  stage: Stage;
  stage_since: Time | null;
  status: string | null;
  status_source: number | null;
  do_not_contact: boolean;
  do_not_contact_reason: string | null;
  closed_reason: string | null;
  outcome: Outcome | null;
  sentiment: Sentiment | null;
  value_cents: Cents | null;
  sources: number[];
  campaign: string | null;
  attribution: Attribution;
  rep: string | null;
  tags: string[];
  calls: number;
  messages: number;
  first_seen: Time;
  last_activity: Time;
  next_follow_up: Time | null;
  custom: Facts;
  needs: Need[];
  last_entry: LastEntry | null;
}

export type LeadRow = Lead & { unread: boolean };

export interface Evidence {
  kind: string;
  value: string;
  source: number | null;
  provider: string;
  strength: 'exact' | 'by_hand';
  events: number;
  first_at: Time;
  deliveries: number[];
}

export interface Question {
  phone: string;
  text: string;
}

export type LeadDetail = LeadRow & { evidence: Evidence[]; questions: Question[] };

export interface Step {
  stage: Stage;
  status: string | null;
  at: Time;
  until: Time | null;
  source: number | null;
  entry: string;
}

export interface MessageView {
  direction: 'inbound' | 'outbound' | (string & {});
  channel: string;
  text: string;
  from: string | null;
  to: string | null;
  agent: string | null;
  conversation_id: string | null;
  media: string[];
  delivery_status: string | null;
}

export interface FormView {
  fields: { name: string; value: string }[];
  page: string | null;
  landing_page: string | null;
  referrer: string | null;
  first_form: boolean | null;
  attribution: Attribution;
}

export interface StatusView {
  stage: Stage | null;
  status: string;
  reason: string | null;
  facts: Facts;
}

export interface ConversationView {
  id: string | null;
  status: string | null;
  priority: string | null;
  channel: string | null;
}

export interface ContactView {
  name: string | null;
  phones: string[];
  emails: string[];
  contact_type: string | null;
}

export interface OutcomeView {
  outcome: Outcome;
  said: string;
  estimated_cents: Cents | null;
  actual_cents: Cents | null;
  revenue_cents: Cents | null;
  value_cents: Cents | null;
  notes: string | null;
  call: string | null;
  by: string | null;
}

export interface NoteView {
  text: string;
  by: string | null;
}

export interface ActionView {
  type: string;
  tag: string | null;
  by: string | null;
}

export interface GapView {
  from: Time;
  to: Time;
}

export interface Entry {
  id: string;
  kind: EntryKind;
  at: Time;
  at_source: 'sender' | 'received';
  received_at: Time;
  source: number | null;
  provider: string;
  event: string;
  title: string;
  unsigned: boolean;
  deliveries: number[];
  call?: Call;
  message?: MessageView;
  form?: FormView;
  status?: StatusView;
  conversation?: ConversationView;
  contact?: ContactView;
  outcome?: OutcomeView;
  note?: NoteView;
  action?: ActionView;
  gap?: GapView;
}

export type CallState =
  'ringing' | 'in_progress' | 'completed' | 'missed' | 'abandoned' | 'voicemail' | 'failed';

export interface Turn {
  speaker: 'agent' | 'caller' | (string & {}) | null;
  text: string;
  start_s?: number | null;
  echo?: boolean;
}

export interface Keyword {
  text: string;
  at_s: number[];
  speaker: string | null;
}

export interface Claim {
  what: string;
  value: unknown;
  source: number | null;
  provider: string;
  at: Time;
  event: string;
}

export interface CallStage {
  event: string;
  received_at: Time;
  added: string[];
}

export interface Answer {
  question: string;
  response: string | null;
  transcript: string | null;
}

export interface Call {
  id: string;
  direction: 'inbound' | 'outbound' | (string & {});
  answered: boolean;
  voicemail: boolean;
  state: CallState;
  started_at: Time | null;
  duration_s: number | null;
  from: string | null;
  to: string | null;
  tracking_number: string | null;
  agent: string | null;
  recording_url: string | null;
  summary: string | null;
  transcript: Turn[];
  transcript_raw: string | null;
  keywords: Keyword[];
  sentiment: Sentiment | null;
  claims: Claim[];
  outcome: Outcome | null;
  tags: string[];
  value_cents: Cents | null;
  attribution: Attribution;
  requests: string[];
  note: string | null;
  lead_status: string | null;
  score: string | null;
  keypad: string | null;
  dispositions: Facts;
  topics: Facts;
  milestones: Facts;
  stages: CallStage[];
  answers: Answer[];
  lead_id?: number;
  lead_name?: string | null;
  source: number;
  provider: string;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  total?: number | null;
}

export interface Timeline {
  lead: Lead;
  journey: Step[];
  entries: Entry[];
  next_cursor: string | null;
  counts: Partial<Record<EntryKind, number>>;
}

export type DeliveryState = 'processed' | 'duplicate' | 'repaired' | 'quarantined' | 'rejected';

export interface Settings {
  business_name: string;
  close_to_tray: boolean;
  public_base_url: string | null;
  single_keys: boolean;
}

export interface Status {
  version: string;
  business_name: string;
  demo: boolean;
  first_run: boolean;
  seq: number;
  /** `webview` in the desktop window, `loopback` in a browser. */
  door?: 'webview' | 'loopback' | (string & {});
  listening: { hooks: string | null; public_base_url: string | null };
  last_event_at: Time | null;
  counts: {
    leads: number;
    needs: number;
    calls: number;
    deliveries: number;
    quarantined: number;
    rejected: number;
    unread?: number;
    by_state: Record<DeliveryState, number>;
  };
  settings: Settings;
}

export interface Provider {
  slug: string;
  name: string;
  letters: string;
  about: string;
  minutes: number;
  events: { key: string; label: string }[];
  credential: { kind: 'signing_key' | 'auth_header'; label: string; help: string } | null;
  steps: { title: string; text: string }[];
  console_url: string | null;
  try_it: string | null;
}

export interface Source {
  id: number;
  provider: string;
  name: string;
  region: string;
  strict: boolean;
  signed: boolean;
  key: string;
  urls: Record<string, string>;
  signing_keys: { id: number; hint: string; added_at: Time }[];
  auth_header_name: string | null;
  created_at: Time;
  last_event_at: Time | null;
  counts: Record<DeliveryState | 'deliveries' | 'leads', number>;
  unsigned_note: string | null;
}

export interface NewSource {
  provider: string;
  name: string;
  region?: string;
  signing_key?: string;
  auth_header?: string;
  strict?: boolean;
}

export interface SourceChange {
  name?: string;
  region?: string;
  strict?: boolean;
  add_signing_key?: string;
  remove_signing_key?: number;
  auth_header?: string | null;
}

export interface Delivery {
  id: number;
  received_at: Time;
  source: number | null;
  provider: string;
  event: string;
  state: DeliveryState;
  reason: string | null;
  repairs: string[];
  signature: 'verified' | 'unsigned' | 'failed' | 'none';
  size: number;
  events: number;
  content_type: string | null;
  what: string;
  leads: { id: number; name: string | null }[];
  answered: string;
}

export interface DeliveryDetail extends Delivery {
  headers: { name: string; value: string }[];
  body: string;
  body_base64?: string | null;
  place: { line: number; column: number } | null;
  entries: { lead_id: number; entry: string; title: string; at: Time }[];
}

export interface ReplayFilter {
  state?: DeliveryState;
  source?: number;
  ids?: number[];
}

export interface ReplayAnswer {
  checked: number;
  would_place?: number;
  placed?: number;
  still_quarantined: number;
  leads_added: number;
  leads_changed: number;
  entries_added: number;
}

export interface SearchHit {
  lead_id: number;
  lead_name: string | null;
  entry: string | null;
  kind: 'person' | EntryKind | (string & {});
  at: Time | null;
  snippet: string;
  parts: { text: string; hit: boolean }[];
}

export interface Changes {
  seq: number;
  leads: number[];
  deliveries: number;
  sources: number[];
  reset: boolean;
}

export type ActionInput =
  | { type: 'note'; text: string; by?: string }
  | {
      type: 'outcome';
      outcome: Outcome;
      call?: string;
      estimated_cents?: Cents;
      actual_cents?: Cents;
      revenue_cents?: Cents;
      notes?: string;
      by?: string;
    }
  | { type: 'tag' | 'untag'; tag: string; by?: string };

export interface ActionAnswer {
  id: string | number;
  seq: number;
}
