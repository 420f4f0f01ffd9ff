/**
 * Where people came from, in words for people. Only words that are known are changed: what somebody named a campaign
 * stays as it is. The word as it came stands in a title beside.
 */
import { squashed } from './glossary';
import { oneLine } from './text';

const SOURCES: Record<string, string> = {
  bing: 'Bing',
  bing_ads: 'Bing Ads',
  chatgpt: 'ChatGPT',
  direct: 'Direct',
  duckduckgo: 'DuckDuckGo',
  facebook: 'Facebook',
  facebook_ads: 'Facebook Ads',
  gmb: 'Google Business Profile',
  google: 'Google',
  google_ads: 'Google Ads',
  google_business_profile: 'Google Business Profile',
  google_my_business: 'Google Business Profile',
  google_organic: 'Google (unpaid)',
  instagram: 'Instagram',
  linkedin: 'LinkedIn',
  microsoft_ads: 'Microsoft Ads',
  newsletter: 'Newsletter',
  nextdoor: 'Nextdoor',
  referral: 'Referral',
  tiktok: 'TikTok',
  website: 'Website',
  yahoo: 'Yahoo',
  yelp: 'Yelp',
  youtube: 'YouTube',
};

const MEDIA: Record<string, string> = {
  affiliate: 'Affiliate',
  cpc: 'CPC (paid)',
  cpm: 'CPM (paid)',
  direct: 'Direct',
  display: 'Display ads',
  email: 'Email',
  none: 'None',
  organic: 'Organic (unpaid)',
  paid: 'Paid',
  paid_social: 'Paid social',
  ppc: 'PPC (paid)',
  print: 'Print',
  referral: 'Referral',
  sms: 'Text',
  social: 'Social',
  video: 'Video',
};

const plain = (table: Record<string, string>) =>
  new Map(Object.entries(table).map(([word, words]) => [squashed(word), words]));
const sources = plain(SOURCES);
const media = plain(MEDIA);

/** A source or a medium; a word nobody knows as it came. */
export function attributionLabel(of: string, word: string): string {
  const table = of === 'medium' ? media : OF_SOURCES.includes(of) ? sources : undefined;
  return table?.get(squashed(word)) ?? word;
}
const OF_SOURCES = ['source', 'first_touch', 'last_touch'];

/** What stands in the title beside it: the word as it came, where it was changed. */
export const attributionTitle = (of: string, word: string): string | undefined =>
  attributionLabel(of, word) === word ? undefined : `As it came: ${oneLine(word, 200)}`;
