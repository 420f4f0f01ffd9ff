/** Pure: where services disagree about a call. */
import type { Call, Claim, Entry, EntryOf, KnownClaim, Outcome } from '../../../lib/api';
import { ms, wordsOf } from '../../../lib/format';
import { money } from '../../../lib/money';
import { plainValue } from '../../../lib/text';
import { OUTCOMES, outcomeName } from '../../../lib/labels';

export interface Side {
  source: number | null;
  provider: string;
  at: string;
  /** What it says, in our words where we have some. */
  value: string;
  /** The word as it came, where that is another. */
  said?: string;
  cents: number | null;
  /** What stands beside it, verbatim. */
  beside: string | null;
  /** Of how it ended: the outcome it is read as. */
  outcome?: Outcome;
  /** Of whether it was a lead: that it was, or was not. */
  isLead?: boolean;
}

export interface Disagreement {
  what: string;
  sides: Side[];
}

const norm = (value: string) =>
  value
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');

const isOneOf = (claim: Claim, known: readonly KnownClaim[]) => known.some((one) => one === claim.what);

const NO_LEAD = ['no', 'false', 'not a lead'];
const A_LEAD = ['yes', 'true', 'lead'];

/** What a claim says: in our words where we have some, and as what it is read. */
function read(claim: Claim): Pick<Side, 'value' | 'outcome' | 'isLead'> {
  const text = plainValue(claim.value);
  const outcome = OUTCOMES.find((one) => one === norm(text).replaceAll(' ', '_'));
  if (isOneOf(claim, ['outcome']) && outcome) return { value: outcomeName[outcome], outcome };
  if (isOneOf(claim, ['lead'])) {
    if (NO_LEAD.includes(norm(text))) return { value: 'Not a lead', isLead: false };
    if (A_LEAD.includes(norm(text))) return { value: 'A lead', isLead: true };
  }
  return { value: /^[a-z0-9]+(_[a-z0-9]+)+$|^[a-z]+$/.test(text) ? wordsOf(text) : text };
}

const MINUTE = 60_000;
/** A call that does not say how long it was took at least this long, for comparing. */
const SOME = 15_000;

/**
 * The same talk as other services tell it: cards of one lead, of another source, whose times overlap within a
 * minute. Each service keeps its own card; only what they say is laid side by side.
 */
export function retold(call: Call, entries: readonly Entry[]): Call[] {
  const span = (one: Call): [number, number] | null => {
    const from = ms(one.started_at);
    if (Number.isNaN(from)) return null;
    return [from, from + Math.max(SOME, (one.duration_s ?? 0) * 1000)];
  };
  const own = span(call);
  if (!own) return [];
  return entries.flatMap((entry) => {
    if (entry.kind !== 'call') return [];
    const other = entry.call;
    if (other.id === call.id || other.source === call.source) return [];
    const its = span(other);
    const meets = its && its[0] <= own[1] + MINUTE && own[0] <= its[1] + MINUTE;
    return meets && other.direction === call.direction ? [other] : [];
  });
}

/** What services mean alike, whoever says it: only this is compared between cards. */
const COMPARABLE: KnownClaim[] = ['outcome', 'sentiment', 'lead', 'appointment', 'sale'];
/** What says why, of whatever else the same service says: senders make up names of their own, such as columns of theirs. */
const saysWhy = (claim: Claim) => /reason|note|comment/.test(claim.what);

/** Outcomes that nobody has with whom is no lead. */
const OF_LEADS: Outcome[] = ['booked', 'quoted', 'follow_up'];

/** What each service says last about each thing; things about which two services differ. */
export function disagreements(
  call: Call,
  outcomes: readonly EntryOf<'outcome'>[],
  others: readonly Call[] = [],
): Disagreement[] {
  const ids = [call.id, ...others.map((c) => c.id)];
  const claims = [...call.claims, ...others.flatMap((c) => c.claims).filter((c) => isOneOf(c, COMPARABLE))];
  const groups = new Map<string, Map<string, Side>>();
  const say = (what: string, side: Side) => {
    if (side.source === null) return;
    const group = groups.get(what) ?? new Map<string, Side>();
    groups.set(what, group);
    const key = `${side.provider}/${side.source}`;
    const before = group.get(key);
    if (!before || before.at <= side.at)
      group.set(key, { ...side, beside: side.beside ?? before?.beside ?? null });
  };
  for (const claim of claims) {
    const beside = claims.find((c) => c !== claim && c.source === claim.source && saysWhy(c));
    say(claim.what, {
      source: claim.source,
      provider: claim.provider,
      at: claim.at,
      ...read(claim),
      said: plainValue(claim.value),
      cents: null,
      beside: beside ? plainValue(beside.value) : null,
    });
  }
  for (const entry of outcomes) {
    const { outcome } = entry;
    if (!outcome.call || !ids.includes(outcome.call)) continue;
    say('outcome', {
      source: entry.source,
      provider: entry.provider,
      at: entry.at,
      value: outcomeName[outcome.outcome],
      outcome: outcome.outcome,
      cents: outcome.value_cents,
      beside: outcome.notes,
    });
  }
  // "Not a lead" stands against an outcome that says otherwise.
  const verdicts = groups.get('outcome');
  for (const side of groups.get('lead')?.values() ?? []) {
    const key = `${side.provider}/${side.source}`;
    if (side.isLead === false && verdicts && !verdicts.has(key)) {
      const good = [...verdicts.values()].some((v) => v.outcome && OF_LEADS.includes(v.outcome));
      if (good) verdicts.set(key, side);
    }
  }
  const out: Disagreement[] = [];
  for (const [what, group] of groups) {
    const sides = [...group.values()].sort((a, b) => (a.at < b.at ? -1 : 1));
    if (new Set(sides.map((s) => norm(s.value))).size > 1) out.push({ what, sides });
  }
  return out;
}

/** The outcome a person of the business gave this call, if any. */
export function ownOutcome(call: Call, outcomes: readonly EntryOf<'outcome'>[]): Outcome | null {
  const own = outcomes.filter((e) => e.source === null && e.outcome.call === call.id);
  return own[own.length - 1]?.outcome.outcome ?? null;
}

/** `Booked $2,500` */
export function sideWords(side: Side, currency: string): string {
  return side.cents ? `${side.value} ${money(side.cents, currency)}` : side.value;
}
