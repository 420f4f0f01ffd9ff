import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { api, ApiError, queryString, sentence } from './client';

function answer(status: number, body: string) {
  const fetched = vi.fn(
    async (..._: [string, RequestInit]) => new Response(status === 204 ? null : body, { status }),
  );
  vi.stubGlobal('fetch', fetched);
  return fetched;
}
afterEach(() => vi.unstubAllGlobals());

describe('the client', () => {
  it('leaves empty values out of an address and encodes the rest', () => {
    expect(queryString({ q: 'a b&c', from: undefined, stage: '', dnc: false, kinds: ['call', 'form'] })).toBe(
      '?q=a+b%26c&dnc=false&kinds=call%2Cform',
    );
    expect(queryString({})).toBe('');
  });

  it('sends JSON as a string', async () => {
    const fetched = answer(201, '{"id":"a1","seq":7}');
    expect(await api.act(12, { type: 'note', text: 'x' })).toEqual({ id: 'a1', seq: 7 });
    const [path, init] = fetched.mock.calls[0]!;
    expect(path).toBe('/api/leads/12/actions');
    expect(init.body).toBe('{"type":"note","text":"x"}');
  });

  it('turns problems into sentences', async () => {
    answer(409, '{"title":"Busy","detail":"It is already being done.","code":"conflict"}');
    const error = await api.undo('a1').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(sentence(error)).toBe('It is already being done.');
    answer(502, '<html>no</html>');
    expect(sentence(await api.status().catch((e: unknown) => e))).toBe('Leadtrail could not do that.');
    answer(401, '');
    expect(((await api.status().catch((e: unknown) => e)) as ApiError).code).toBe('unauthorised');
  });

  it('takes an empty answer', async () => {
    answer(204, '');
    expect(await api.seen(3)).toBeUndefined();
  });
});

describe('every other file', () => {
  const root = join(import.meta.dirname, '../..');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((f) => /\.(ts|svelte)$/.test(f) && !f.endsWith('.test.ts') && !f.endsWith('schema.d.ts'))
    .filter((f) => f !== join('lib', 'api', 'client.ts'));

  it.each(files)('%s speaks through the client and shows text as text', (file) => {
    const text = readFileSync(join(root, file), 'utf8');
    // A Blob or FormData body ends the whole program in WebKitGTK; markup of senders would be run.
    expect(text).not.toMatch(
      /(?<![\w.#])fetch\(|new (Blob|FormData|XMLHttpRequest|EventSource|WebSocket)\b|\{@html|innerHTML|\beval\(/,
    );
  });
});
