/**
 * What the server says of its answers (`schema.d.ts`, made from `openapi.json` by `npm run types`) has to fit the
 * types the rooms are written against: where it does not, `npm run check` fails here.
 */
import type { components } from './schema';
import type * as Ours from './types';

type Theirs = components['schemas'];
type Fits<Answer extends Expected, Expected> = Answer;

export type Answers = [
  Fits<Theirs['ListedLead'], Ours.LeadRow>,
  Fits<Theirs['LeadDetail'], Ours.LeadDetail>,
  Fits<Theirs['Timeline'], Ours.Timeline>,
  Fits<Theirs['Call'], Ours.Call>,
  Fits<Theirs['Delivery'], Ours.Delivery>,
  Fits<Theirs['DeliveryDetail'], Ours.DeliveryDetail>,
  Fits<Theirs['ReplayAnswer'], Ours.ReplayAnswer>,
  Fits<Theirs['SearchHit'], Ours.SearchHit>,
  Fits<Theirs['Status'], Ours.Status>,
  Fits<Theirs['Settings'], Ours.Settings>,
  Fits<Theirs['Source'], Ours.Source>,
  Fits<Theirs['Provider'], Ours.Provider>,
  Fits<Theirs['Changes'], Ours.Changes>,
  Fits<Theirs['Done'], Ours.ActionAnswer>,
  Fits<Theirs['Import'], Ours.Import>,
  Fits<Theirs['Mapping'], Ours.Mapping>,
  Fits<Theirs['ImportedRow'], Ours.ImportRow>,
  Fits<Theirs['Gaps'], { items: Ours.Gap[] }>,
];

/** And what the rooms send has to fit what the server takes. */
export type Questions = [
  Fits<Ours.ActionInput, Theirs['NewAction']>,
  Fits<Ours.NewSource, Theirs['NewSource']>,
  Fits<Ours.SourceChange, Theirs['SourceChange']>,
  Fits<Ours.ImportPlan, Theirs['ImportChoice']>,
  Fits<Ours.NewMapping, Theirs['NewMapping']>,
  Fits<Partial<Ours.Settings>, Theirs['SettingsChange']>,
];
