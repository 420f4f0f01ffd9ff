/** Who somebody is whom a service names: the same rules as in the server's settings. */
import type { Rep } from './api';

/** Capitals and blanks do not make another name. */
export const nameKey = (name: string): string => name.trim().split(/\s+/).join(' ').toLowerCase();

/** What they are called here; as it was said where nobody goes by that name. */
export function repName(reps: readonly Rep[], said: string | null | undefined): string {
  if (!said) return '';
  const key = nameKey(said);
  const found = reps.find((r) => nameKey(r.name) === key || r.also.some((a) => nameKey(a) === key));
  return found?.name ?? said;
}

/** The words of a name or address that could name a person: `sam.lee@roofs.example` → `sam`, `lee`. */
function words(name: string): string[] {
  return nameKey(name.replace(/@.*$/, ''))
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 1);
}

/** Who a service may mean by a name that nobody goes by yet; nothing where two could be meant. */
export function guessRep(reps: readonly Rep[], said: string): Rep | undefined {
  const theirs = words(said);
  const fits = reps.filter((rep) => {
    const own = words(rep.name);
    if (!own.length || !theirs.length) return false;
    const all = own.every((word) => theirs.includes(word)) || theirs.every((word) => own.includes(word));
    // `slee`: the first letter and the last name, in one.
    const short = own.length > 1 && theirs.length === 1 && theirs[0] === own[0]!.charAt(0) + own.at(-1)!;
    return all || short;
  });
  return fits.length === 1 ? fits[0] : undefined;
}
