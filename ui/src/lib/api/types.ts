/**
 * What the API says: names for the shapes of `schema.d.ts`, which `npm run types` makes from the server's own
 * description (`openapi.json`, kept fresh by a test). Times are RFC 3339 in UTC, money is integer cents, phones
 * are E.164.
 */
import type { components } from './schema';

type Schemas = components['schemas'];

/**
 * The server always writes every field and says `null` where there is nothing; its description calls such
 * fields optional. Contents of an entry are the exception: only the one of its kind is there.
 */
type Whole<T> = T extends readonly (infer U)[]
  ? Whole<U>[]
  : T extends object
    ? string extends keyof T
      ? T
      : { [K in keyof T]-?: Whole<Exclude<T[K], undefined>> }
    : T;

/** Fields that are left out when there is nothing to say. */
type Sparse<T, K extends keyof T> = Omit<T, K> & { [P in K]?: T[P] | undefined };

export type Time = string;
export type Cents = number;
/** Whatever a sender said, in its own words. */
export type Facts = Record<string, unknown>;

export type Stage = Schemas['Stage'];
export type Outcome = Schemas['Outcome'];
export type SentimentLabel = Schemas['SentimentLabel'];
export type Sentiment = Whole<Schemas['Sentiment']>;
export type EntryKind = Schemas['EntryKind'];
export type CallState = Schemas['CallState'];

export type Attribution = Whole<Schemas['Attribution']>;
export type Need = Whole<Schemas['Need']>;
export type LastEntry = Whole<Schemas['LastEntry']>;
export type Appointment = Whole<Schemas['Appointment']>;
export type Lead = Omit<Whole<Schemas['Lead']>, 'custom'> & { custom: Facts };
export type LeadRow = Lead & { unread: boolean };
export type Evidence = Whole<Schemas['Evidence']>;
export type Question = Whole<Schemas['Question']>;
export type LeadDetail = LeadRow & { evidence: Evidence[]; questions: Question[] };
export type Step = Whole<Schemas['Step']>;

export type MessageView = Whole<Schemas['MessageView']>;
export type FormView = Whole<Schemas['FormView']>;
export type StatusView = Omit<Whole<Schemas['StatusView']>, 'facts'> & { facts: Facts };
export type ConversationView = Whole<Schemas['ConversationView']>;
export type ContactView = Whole<Schemas['ContactView']>;
export type OutcomeView = Whole<Schemas['OutcomeView']>;
export type NoteView = Whole<Schemas['NoteView']>;
export type ActionView = Whole<Schemas['ActionView']>;
export type GapView = Whole<Schemas['GapView']>;

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
export type Entry = Omit<Whole<Schemas['Entry']>, keyof Contents> & Contents;

export type Turn = Sparse<Whole<Schemas['Turn']>, 'start_s' | 'echo'>;
export type Keyword = Whole<Schemas['Keyword']>;
export type Claim = Omit<Whole<Schemas['Claim']>, 'value'> & { value: unknown };
export type CallStage = Whole<Schemas['CallStage']>;
export type Answer = Whole<Schemas['Answer']>;
export type Call = Omit<
  Sparse<Whole<Schemas['Call']>, 'lead_id' | 'lead_name'>,
  'transcript' | 'claims' | 'dispositions' | 'topics' | 'milestones'
> & { transcript: Turn[]; claims: Claim[]; dispositions: Facts; topics: Facts; milestones: Facts };

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  total?: number | null;
}

export type Timeline = Omit<Whole<Schemas['Timeline']>, 'lead' | 'entries' | 'journey'> & {
  lead: Lead;
  journey: Step[];
  entries: Entry[];
};

export type Settings = Whole<Schemas['Settings']>;
export type Status = Whole<Schemas['Status']>;
export type DeliveryState = keyof Schemas['ByState'];
export type Provider = Whole<Schemas['Provider']>;
export type Source = Omit<Whole<Schemas['Source']>, 'urls'> & { urls: Record<string, string> };
export type NewSource = Schemas['NewSource'];
export type SourceChange = Schemas['SourceChange'];
export type Delivery = Omit<Whole<Schemas['Delivery']>, 'state'> & { state: DeliveryState };
export type DeliveryDetail = Delivery &
  Omit<Sparse<Whole<Schemas['DeliveryDetail']>, 'body_base64'>, keyof Delivery>;
export type ReplayFilter = Schemas['ReplayFilter'];
export type ReplayAnswer = Schemas['ReplayAnswer'];
export type SearchHit = Whole<Schemas['Hit']>;
export type Changes = Whole<Schemas['Changes']>;

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
