import { describe, expect, it } from 'vitest';
import { SearchTerms } from './searchTerms';

const marked = (q: string, text: string) =>
  new SearchTerms(q)
    .mark(text)
    .map((part) => (part.hit ? `[${part.text}]` : part.text))
    .join('');

describe('the words of a search', () => {
  it('are marked without case and accents, and nothing around them changes', () => {
    expect(marked('creme', 'Prefers Crème, not CREME.')).toBe('Prefers [Crème], not [CREME].');
    expect(marked('naïve', 'nai\u0308ve plan')).toBe('[nai\u0308ve] plan');
  });
  it('are whole words, but the last one may be the beginning of one', () => {
    expect(marked('oak wal', 'Oak walnut and oaken wallpaper')).toBe('[Oak] [walnut] and oaken [wallpaper]');
    expect(marked('wa', 'walnut')).toBe('walnut');
  });
  it('are never a pattern', () => {
    expect(marked('.* (a', 'a.* (a)')).toBe('[a].* ([a])');
    expect(new SearchTerms('?!').in('?!')).toBe(false);
  });
  it('are found where they begin', () => {
    expect(new SearchTerms('gate').first('the gate')).toBe(4);
    expect(new SearchTerms('gate').first('nothing')).toBe(-1);
  });
});
