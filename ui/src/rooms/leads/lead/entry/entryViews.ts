/** How each kind of entry is drawn: a new kind does not compile until it says so here. */
import Ban from '@lucide/svelte/icons/ban';
import Bot from '@lucide/svelte/icons/bot';
import CircleOff from '@lucide/svelte/icons/circle-off';
import CornerDownLeft from '@lucide/svelte/icons/corner-down-left';
import FileText from '@lucide/svelte/icons/file-text';
import PhoneCall from '@lucide/svelte/icons/phone-call';
import PhoneIncoming from '@lucide/svelte/icons/phone-incoming';
import PhoneMissed from '@lucide/svelte/icons/phone-missed';
import PhoneOutgoing from '@lucide/svelte/icons/phone-outgoing';
import StickyNote from '@lucide/svelte/icons/sticky-note';
import TagIcon from '@lucide/svelte/icons/tag';
import UserRound from '@lucide/svelte/icons/user-round';
import type { Component } from 'svelte';
import type { Entry, EntryKind, EntryOf, LeadDetail } from '../../../../lib/api';
import { isOver } from '../../../../lib/labels';
import { providers } from '../../../../lib/providers.svelte';
import type { SearchTerms } from '../../../../lib/searchTerms';
import type { TimelineStore } from '../timelineStore.svelte';
import ActionEntry from './ActionEntry.svelte';
import CallEntry from './CallEntry.svelte';
import FormEntry from './FormEntry.svelte';
import GapEntry from './GapEntry.svelte';
import NoteEntry from './NoteEntry.svelte';
import OutcomeEntry from './OutcomeEntry.svelte';
import StatusEntry from './StatusEntry.svelte';
import TitleEntry from './TitleEntry.svelte';

interface PropsOf<E extends Entry> {
  entry: E;
  store: TimelineStore;
  lead: LeadDetail;
  outcomes: EntryOf<'outcome'>[];
  talk: boolean;
  /** The words that led here. */
  terms: SearchTerms | null;
  onshow: (entry: string) => void;
}

/** What an entry of a kind is drawn from. */
export type EntryProps<K extends EntryKind = EntryKind> = PropsOf<EntryOf<K>>;

/** The sign beside an entry. */
interface Look {
  icon: Component<{ class?: string }>;
  tone: '' | 'good' | 'bad';
}

interface View<E extends Entry = Entry> {
  body: Component<PropsOf<E>>;
  /** Without one it lies between the entries. */
  look?: (entry: E) => Look;
}

/** A voice assistant held it. */
const byAssistant = ({ call, provider }: EntryOf<'call'>): boolean =>
  !!call.answers.length || !!call.requests.length || !!providers.of(provider)?.voice_assistant;

function callLook(entry: EntryOf<'call'>): Look {
  const { call } = entry;
  if (!isOver(call)) return { icon: PhoneCall, tone: '' };
  if (byAssistant(entry)) return { icon: Bot, tone: '' };
  if (call.direction === 'outbound') return { icon: PhoneOutgoing, tone: call.answered ? 'good' : '' };
  return ['missed', 'abandoned', 'voicemail', 'failed'].includes(call.state)
    ? { icon: PhoneMissed, tone: 'bad' }
    : { icon: PhoneIncoming, tone: 'good' };
}

const update: View = { body: TitleEntry, look: () => ({ icon: CornerDownLeft, tone: '' }) };

const entryViews: { [K in EntryKind]: View<EntryOf<K>> } = {
  call: { body: CallEntry, look: callLook },
  form: { body: FormEntry, look: () => ({ icon: FileText, tone: '' }) },
  note: { body: NoteEntry, look: () => ({ icon: StickyNote, tone: '' }) },
  outcome: {
    body: OutcomeEntry,
    look: ({ outcome }) => ({ icon: TagIcon, tone: outcome.outcome === 'booked' ? 'good' : '' }),
  },
  action: {
    body: ActionEntry,
    look: ({ action }) => ({ icon: action.type === 'assign' ? UserRound : TagIcon, tone: '' }),
  },
  status: {
    body: StatusEntry,
    look: ({ status }) =>
      status.stage === 'do_not_contact' ? { icon: Ban, tone: 'bad' } : { icon: CircleOff, tone: '' },
  },
  // Texts stand in threads, and what services only note in groups: on its own, each is its title.
  message: update,
  conversation: update,
  contact: update,
  gap: { body: GapEntry },
};

/** How an entry is drawn: by the view of its kind, which takes what entries of that kind say. */
export const viewOf = (entry: Entry) => entryViews[entry.kind] as View;
