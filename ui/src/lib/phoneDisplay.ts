/**
 * Phone numbers as people read them. The program alone knows how a country writes its numbers: each answer that names
 * some says how (`numbers`), and what was said once is known from then on.
 */

const known = new Map<string, string>();

/** Takes in what an answer says about the numbers in it. */
export function learnNumbers(answer: unknown): void {
  const { numbers } = (answer ?? {}) as { numbers?: unknown };
  if (!numbers || typeof numbers !== 'object' || Array.isArray(numbers)) return;
  for (const [number, text] of Object.entries(numbers)) if (typeof text === 'string') known.set(number, text);
}

/** `(800) 555-1234`, `+61 491 573 087`; what no answer spoke of as it is. */
export const phone = (number: string | null | undefined): string =>
  number ? (known.get(number) ?? number) : '';
