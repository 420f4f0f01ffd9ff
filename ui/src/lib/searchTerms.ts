/**
 * Pure: the words of a search in a text, as the server finds them: whole words without case and accents, the last
 * one as the beginning of a word if it has three letters.
 */
const SHORTEST_BEGINNING = 3;
const MOST_WORDS = 12;
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;

const fold = (word: string) => word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

export class SearchTerms {
  readonly #words: string[];

  constructor(q: string) {
    this.#words = [...q.matchAll(WORD)].slice(0, MOST_WORDS).map((match) => fold(match[0]));
  }

  #hits(word: string): boolean {
    const folded = fold(word);
    const last = this.#words.length - 1;
    return this.#words.some(
      (wanted, i) =>
        folded === wanted || (i === last && wanted.length >= SHORTEST_BEGINNING && folded.startsWith(wanted)),
    );
  }

  /** Where the first of them begins; -1 where there is none. */
  first(text: string): number {
    if (!this.#words.length) return -1;
    for (const match of text.matchAll(WORD)) if (this.#hits(match[0])) return match.index;
    return -1;
  }

  in(text: string | null | undefined): boolean {
    return !!text && this.first(text) >= 0;
  }

  /** The text in pieces, those that were looked for marked. */
  mark(text: string): { text: string; hit: boolean }[] {
    const out: { text: string; hit: boolean }[] = [];
    let from = 0;
    for (const match of text.matchAll(WORD)) {
      if (!this.#hits(match[0])) continue;
      if (match.index > from) out.push({ text: text.slice(from, match.index), hit: false });
      out.push({ text: match[0], hit: true });
      from = match.index + match[0].length;
    }
    if (from < text.length) out.push({ text: text.slice(from), hit: false });
    return out;
  }
}
