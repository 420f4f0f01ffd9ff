import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = import.meta.dirname;
const SPECIFIER = /(?:from|import)\s*\(?\s*['"]((?:\.{1,2}\/)[^'"]+)['"]/g;

/** The floor a file of `src` stands on, the lowest first, and the room where it is one. */
function placeOf(file: string): { floor: number; room: string } {
  const [top = '', name = ''] = file.split('/');
  if (top === 'lib' || top === 'styles') return { floor: 0, room: '' };
  if (top === 'rooms') return { floor: 1, room: name };
  return { floor: top === 'shell' ? 2 : 3, room: '' };
}

/** What a file imports from above it, or from another room. */
function crossings(file: string, text: string): string[] {
  const own = placeOf(file);
  return [...text.matchAll(SPECIFIER)]
    .map((match) => relative(SRC, resolve(SRC, dirname(file), match[1]!)))
    .filter((target) => {
      const its = placeOf(target);
      return its.floor > own.floor || (its.floor === own.floor && its.room !== own.room);
    });
}

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.(ts|svelte)$/.test(file),
);

describe('walls', () => {
  it('no room imports from another, and nothing from what stands above it', () => {
    const found = sources.flatMap((file) =>
      crossings(file, readFileSync(join(SRC, file), 'utf8')).map((target) => `${file} imports ${target}`),
    );
    expect(found).toEqual([]);
    expect(sources.length).toBeGreaterThan(200);
  });

  it.each([
    ['rooms/calls/index.svelte', "import { fromQuery } from '../leads/filterChoice';"],
    ['rooms/leads/lead/index.svelte', "import { write } from '../../reports/write';"],
    ['rooms/leads/index.svelte', "import { ROOMS, type Room } from '../../shell/rooms';"],
    ['rooms/leads/index.svelte', "const page = await import('../sources/SourcePage.svelte');"],
    ['lib/app.svelte.ts', "export * from '../rooms/leads/leadList.svelte';"],
    ['lib/components/Time.svelte', "import {\n  a,\n  b,\n} from '../../shell/rooms';"],
    ['shell/Rail.svelte', "import '../App.svelte';"],
  ])('sees that %s may not do: %s', (file, text) => {
    expect(crossings(file, text)).toHaveLength(1);
  });

  it.each([
    ['rooms/leads/index.svelte', "import LeadView from './lead/LeadView.svelte';"],
    ['rooms/leads/lead/index.svelte', "import { leadList } from '../leadList.svelte';"],
    ['rooms/leads/index.svelte', "import { app } from '../../lib/app.svelte';"],
    ['shell/rooms.ts', "import LeadsRoom from '../rooms/leads/SplitView.svelte';"],
  ])('leaves alone what %s may do: %s', (file, text) => {
    expect(crossings(file, text)).toEqual([]);
  });
});
