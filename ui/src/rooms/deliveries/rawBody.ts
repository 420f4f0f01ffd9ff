/** Raw bodies as lines: laid out for reading, cut where they are absurdly long, with the place of a fault. */
import { visible } from '../../lib/text';

export interface Line {
  n: number;
  text: string;
  /** Characters that are not shown, before and after. */
  cutBefore: number;
  cutAfter: number;
  /** Where the fault is within `text`. */
  fault?: { from: number; to: number };
}

export interface Place {
  line: number;
  column: number;
}

const MAX = 2000;

/** The extent of the value or word at a column (from 1): a quoted text, or up to the next comma, brace or space. */
export function tokenAt(line: string, column: number): { from: number; to: number } {
  const from = Math.max(0, Math.min(column - 1, line.length));
  const token = /^(?:"(?:[^"\\]|\\.)*"?|[^\s,}\]]+)/.exec(line.slice(from, from + 400))?.[0] ?? '';
  return { from, to: from + Math.max(token.length, 1) };
}

/** Splits a body into lines of at most 2,000 characters each. */
export function linesOf(body: string, place: Place | null = null): Line[] {
  return body
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .map((raw, i): Line => {
      const n = i + 1;
      const at = place?.line === n ? tokenAt(raw, place.column) : undefined;
      let from = 0;
      if (raw.length > MAX && at && at.to > MAX - 100) from = Math.max(0, at.from - MAX / 2);
      const text = raw.slice(from, from + MAX);
      return {
        n,
        // One sign for one character, so that places stay true.
        text: visible(text),
        cutBefore: from,
        cutAfter: Math.max(0, raw.length - from - MAX),
        fault: at && { from: at.from - from, to: Math.min(at.to - from, text.length) },
      };
    });
}

/**
 * Lays squeezed JSON out with two spaces, without parsing it: no number is rounded and no repeated key is lost.
 * A help for reading; what was sent stays one click away.
 */
export function layOut(body: string): string {
  const text = body.trim();
  if (!/^[[{]/.test(text)) return body;
  let out = '';
  let depth = 0;
  const pad = () => `\n${'  '.repeat(Math.min(depth, 40))}`;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '"') {
      const from = i;
      i++;
      while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
      out += text.slice(from, i + 1);
    } else if (c === '{' || c === '[') {
      const close = /^\s*([}\]])/.exec(text.slice(i + 1, i + 60));
      if (close) {
        out += c + close[1];
        i += close[0].length;
      } else {
        depth++;
        out += c + pad();
      }
    } else if (c === '}' || c === ']') {
      depth = Math.max(0, depth - 1);
      out += pad() + c;
    } else if (c === ',') {
      out += c + pad();
    } else if (c === ':') {
      out += ': ';
    } else if (c === '/') {
      // A comment ends with its line, so lines must stay as they are.
      return body;
    } else if (!/\s/.test(c)) {
      out += c;
    }
  }
  return out;
}

/** Worth laying out: JSON squeezed into few long lines. */
export function squeezed(body: string): boolean {
  if (!/^\s*[[{]/.test(body)) return false;
  const lines = body.trim().split('\n');
  return body.length > 120 && body.length / lines.length > 200;
}
