/** Text that senders wrote is shown as text, whatever it holds. */

/** Control characters become visible signs; those that turn the direction of text around become a mark. */
export function visible(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/\u007f/g, '\u2421')
    .replace(/[\u0080-\u009f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]/g, '\ufffd')
    .replace(/[\u2028\u2029]/g, '\n');
}

/** One line of it, cut at `max` characters. */
export function oneLine(text: string | null | undefined, max = 160): string {
  if (!text) return '';
  const flat = visible(text.slice(0, max * 4))
    .replace(/\s+/g, ' ')
    .trim();
  return flat.length > max ? `${flat.slice(0, max).trimEnd()}…` : flat;
}

/** The address if it is http or https, else `null`: nothing else is ever a link. */
export function webAddress(text: string | null | undefined): string | null {
  if (!text || text.length > 4096) return null;
  try {
    const url = new URL(text.trim());
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
  } catch {
    return null;
  }
}

/** Splits text around words to mark, ignoring case; whole words only. */
export function markWords(text: string, words: readonly string[]): { text: string; hit: boolean }[] {
  const wanted = words.map((w) => w.trim()).filter((w) => w.length > 1);
  if (!wanted.length || !text) return [{ text, hit: false }];
  const escaped = wanted
    .sort((a, b) => b.length - a.length)
    .map((w) => w.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join('|')})(?![\\p{L}\\p{N}])`, 'giu');
  const out: { text: string; hit: boolean }[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) out.push({ text: text.slice(from, match.index), hit: false });
    out.push({ text: match[0], hit: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) out.push({ text: text.slice(from), hit: false });
  return out;
}

/** A sender's value as words: text as it is, numbers and yes/no said plainly, the rest as JSON. */
export function plainValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value) && value.every((v) => typeof v !== 'object' || v === null)) {
    return value.map(plainValue).join(', ');
  }
  return JSON.stringify(value);
}
