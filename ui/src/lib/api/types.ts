/**
 * What the API says: names for the shapes of `schema.d.ts`, which `npm run types` makes from the server's own
 * description (`openapi.json`, kept fresh by a test). Times are RFC 3339 in UTC, money is integer cents, phones
 * are E.164.
 */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Time = string;
export type Cents = number;
/** Whatever a sender said, in its own words. */
export type Facts = Record<string, unknown>;

export type Stage = Schemas['Stage'];
export type Outcome = Schemas['Outcome'];
export type SentimentLabel = Schemas['SentimentLabel'];
export type Sentiment = Schemas['Sentiment'];
export type EntryKind = Schemas['EntryKind'];
export type CallState = Schemas['CallState'];

export type Attribution = Schemas['Attribution'];
export type Need = Schemas['Need'];
export type LastEntry = Schemas['LastEntry'];
export type Appointment = Schemas['Appointment'];
export type Lead = Omit<Schemas['Lead'], 'custom'> & { custom: Facts };
export type LeadRow = Lead & { unread: boolean };
export type Evidence = Schemas['Evidence'];
export type Question = Schemas['Question'];
export type LeadDetail = LeadRow & { evidence: Evidence[]; questions: Question[] };
export type Step = Schemas['Step'];

export type MessageView = Schemas['MessageView'];
export type FormView = Schemas['FormView'];
export type StatusView = Omit<Schemas['StatusView'], 'facts'> & { facts: Facts };
export type ConversationView = Schemas['ConversationView'];
export type ContactView = Schemas['ContactView'];
export type OutcomeView = Schemas['OutcomeView'];
export type NoteView = Schemas['NoteView'];
export type ActionView = Schemas['ActionView'];
export type GapView = Schemas['GapView'];

interface Contents {
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
export type Entry = Omit<Schemas['Entry'], keyof Contents> & Contents;

export type Turn = Schemas['Turn'];
export type Keyword = Schemas['Keyword'];
export type Claim = Omit<Schemas['Claim'], 'value'> & { value: unknown };
export type CallStage = Schemas['CallStage'];
export type Answer = Schemas['Answer'];
export type Call = Omit<
  Schemas['Call'],
  'transcript' | 'claims' | 'dispositions' | 'topics' | 'milestones'
> & { transcript: Turn[]; claims: Claim[]; dispositions: Facts; topics: Facts; milestones: Facts };

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  total?: number | null;
}

export type Timeline = Omit<Schemas['Timeline'], 'lead' | 'entries' | 'journey'> & {
  lead: Lead;
  journey: Step[];
  entries: Entry[];
};

export type Settings = Schemas['Settings'];
export type Status = Schemas['Status'];
export type DeliveryState = keyof Schemas['ByState'];
export type Provider = Schemas['Provider'];
export type Source = Omit<Schemas['Source'], 'urls'> & { urls: Record<string, string> };
export type NewSource = Schemas['NewSource'];
export type SourceChange = Schemas['SourceChange'];
export type Delivery = Omit<Schemas['Delivery'], 'state'> & { state: DeliveryState };
export type DeliveryDetail = Delivery & Omit<Schemas['DeliveryDetail'], keyof Delivery>;
export type ReplayFilter = Schemas['ReplayFilter'];
export type ReplayAnswer = Schemas['ReplayAnswer'];
export type SearchHit = Schemas['Hit'];
export type Changes = Schemas['Changes'];

type Deed<T extends string, F> = { type: T; by?: string } & F;
/** The deeds of `POST /api/leads/{id}/actions`, one by one. */
export type ActionInput =
  | Deed<'note', { text: string }>
  | Deed<
      'outcome',
      Pick<Schemas['NewAction'], 'estimated_cents' | 'actual_cents' | 'revenue_cents' | 'notes'> & {
        outcome: Outcome;
        call?: string;
      }
    >
  | Deed<'tag' | 'untag', { tag: string }>;
export type ActionAnswer = Schemas['Done'];
