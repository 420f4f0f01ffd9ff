import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('schema.d.ts says what openapi.json says: `npm run types` makes it again', () => {
  const made = execFileSync('npx', ['--no-install', 'openapi-typescript', 'openapi.json'], {
    encoding: 'utf8',
  });
  const kept = readFileSync('src/lib/api/schema.d.ts', 'utf8');
  expect(kept.trim()).toBe(made.trim());
}, 60_000);
