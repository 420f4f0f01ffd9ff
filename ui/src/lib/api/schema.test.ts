import { readFileSync } from 'node:fs';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { expect, test } from 'vitest';

test('schema.d.ts is what openapi.json says: run `npm run types` if it is not', async () => {
  const nodes = await openapiTS(new URL('../../../openapi.json', import.meta.url), {
    emptyObjectsUnknown: true,
  });
  const committed = readFileSync(new URL('./schema.d.ts', import.meta.url), 'utf8');
  expect(committed).toBe(COMMENT_HEADER + astToString(nodes));
}, 30_000);
