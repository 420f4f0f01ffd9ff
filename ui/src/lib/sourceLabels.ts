/** Sources in words: addresses cut short for the eye, the answer of a test, regions by name. */
import type { Provider, Silence, Source } from './api';
import { count, dayKey, hourMinute, plural, shortDay } from './format';

export interface WebhookUrl {
  key: string;
  label: string;
  url: string;
}

/** The addresses of a source in the provider's own order, then whatever else the server gave. */
export function webhookUrlsOf(source: Pick<Source, 'urls'>, provider: Provider | undefined): WebhookUrl[] {
  const label = new Map((provider?.events ?? []).map((e) => [e.key, e.label]));
  const known = [...label.keys()].filter((key) => key in source.urls);
  const rest = Object.keys(source.urls).filter((key) => !label.has(key));
  return [...known, ...rest].map((key) => ({
    key,
    label: label.get(key) ?? (key === 'all' ? 'All events' : key.replace(/_/g, ' ')),
    url: source.urls[key] ?? '',
  }));
}

/** `hooks.example`, `/…4tw2/` and `pre_call`: enough to recognise an address, too little to use it. */
export function shortUrl(url: string): { host: string; key: string; event: string } {
  const found = /^(?:https?:\/\/)?(.*)\/hooks\/([^/]+)(?:\/([^/]+))?$/.exec(url);
  if (!found) return { host: url, key: '', event: '' };
  const [, host = '', key = '', event = ''] = found;
  return { host, key: `/…${key.slice(-4)}${event ? '/' : ''}`, event };
}

export interface ConnectStep {
  title: string;
  text: string;
  /** Here the owner types the key or header. */
  credential: boolean;
}

/** The steps after the addresses were copied. The last one is where the key or header goes in. */
export function stepsOf(provider: Pick<Provider, 'steps' | 'credential'>): ConnectStep[] {
  const steps = provider.steps.map((step) => ({ ...step, credential: false }));
  const last = steps.length > 1 ? steps.pop() : undefined;
  const title =
    provider.credential.kind === 'auth_header'
      ? 'Type the header it sends here'
      : 'Paste the signing key here';
  return [...steps, { title: last?.title ?? title, text: last?.text ?? '', credential: true }];
}

/** For the clipboard: one address a line, named where there are several. */
export function allUrls(addresses: WebhookUrl[]): string {
  if (addresses.length === 1) return addresses[0]?.url ?? '';
  return addresses.map((a) => `${a.label}: ${a.url}`).join('\n');
}

const NUMBERS = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ');

/** `Copy all ten`; two are `both`. */
export function copyAllLabel(n: number): string {
  return n === 2 ? 'Copy both' : `Copy all ${NUMBERS[n] ?? count(n)}`;
}

/** True for addresses that only work on this machine. */
export function isLocal(url: string | undefined): boolean {
  return /^https?:\/\/(127\.|localhost|\[::1\]|0\.0\.0\.0)/i.test(url ?? '');
}

/** How far connecting it is: a test event sent from here proves the address, not that the service sends. */
export function standingWords(
  source: Pick<Source, 'last_event_at' | 'last_own_event_at'>,
  service: string,
): string {
  if (!source.last_event_at) return 'Waiting for the first event…';
  if (!source.last_own_event_at) return `The test arrived. Waiting for ${service}’s first own event`;
  return 'Connected';
}

/** The answer of the public door to a test event. */
export function testWords(answer: { status: string; reason?: string }): { good: boolean; text: string } {
  switch (answer.status) {
    case 'accepted':
      return {
        good: true,
        text: 'The test event went in through the public door and is on the timeline. The address works.',
      };
    case 'duplicate':
      return { good: true, text: 'The test event went in through the public door. It was known already.' };
    case 'quarantined':
      return {
        good: false,
        text: `The test event was kept in quarantine: ${answer.reason ?? 'no reason given'}`,
      };
    default:
      return { good: false, text: `The door did not take the test event. ${answer.reason ?? ''}`.trim() };
  }
}

/** What adding a key or header brought about. */
export function reverifiedWords(again: { checked: number; placed: number } | undefined): string {
  if (!again || !again.checked) return '';
  const checked = `${plural(again.checked, 'kept message')} checked again`;
  return again.placed
    ? `${checked}, ${count(again.placed)} placed on timelines.`
    : `${checked}, none fits this one.`;
}

/** Beside the name of the source: `Nothing since 09:10. Usually 14 by now.`; of another day the day is enough. */
export function silenceWords(
  silence: Pick<Silence, 'since' | 'expected'>,
  now: number,
  zone?: string,
): string {
  const today = dayKey(silence.since, zone) === dayKey(now, zone);
  const since = today ? hourMinute(silence.since, zone) : shortDay(silence.since, now, zone);
  return `Nothing since ${since}. Usually ${count(Math.round(silence.expected))} by now.`;
}

/** Countries whose phone numbers can be read, as ISO codes; the likely ones first. */
const LIKELY = ['US', 'CA', 'GB', 'IE', 'AU', 'NZ'];
const OTHERS =
  'AR AT BE BG BR CH CL CN CO CR CY CZ DE DK DO EC EE EG ES FI FR GR GT HK HR HU ID IL IN IS IT JM JP KE KR LT LU LV MA MT MX MY NG NL NO PA PE PH PK PL PR PT RO RS SA SE SG SI SK TH TR TT TW UA UY VE VN ZA'.split(
    ' ',
  );

export interface Region {
  code: string;
  name: string;
}

/** Regions by name; `also` is added when it is not among them. */
export function regions(also = ''): { likely: Region[]; others: Region[] } {
  const names = new Intl.DisplayNames(['en'], { type: 'region' });
  const named = (code: string): Region => {
    try {
      return { code, name: names.of(code) ?? code };
    } catch {
      return { code, name: code };
    }
  };
  const others = OTHERS.map(named).sort((a, b) => a.name.localeCompare(b.name));
  const likely = LIKELY.map(named);
  if (also && ![...likely, ...others].some((r) => r.code === also)) likely.push(named(also));
  return { likely, others };
}

/** Deliveries that wait for the data file. */
export const waitingWords = (n: number): string =>
  n === 1
    ? 'One message came while the data file was busy. It is safe on this computer, and comes in by itself.'
    : `${count(n)} messages came while the data file was busy. They are safe on this computer, and come in by themselves.`;
