/** `leadtrail serve` on a data folder that nobody else has, and what a sender or a script would say to it. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {
  Delivery,
  DeliveryDetail,
  Entry,
  LeadDetail,
  LeadRow,
  NewSource,
  Page,
  Source,
  Timeline,
} from '../src/lib/api/types';

export type ProviderSlug = 'meera' | 'callrail' | 'curious-thing' | 'telmetrics' | 'varda';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const program = resolve(process.env.LEADTRAIL_BIN ?? join(root, 'target/debug/leadtrail'));

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Answer {
  status: number;
  body: { status?: string; delivery?: number; events?: number; reason?: string; detail?: string };
}

export class Leadtrail {
  /** The private doors that were opened by tests: the only places a page may speak to. */
  static readonly doors = new Set<string>();
  hooks = '';
  ui = '';
  /** The link that lets a browser in. */
  link = '';
  #token = '';
  #child: ChildProcess | undefined;
  #stderr = '';

  private constructor(readonly folder: string) {}

  static async start({ demo }: { demo?: string } = {}): Promise<Leadtrail> {
    const one = new Leadtrail(mkdtempSync(join(tmpdir(), 'leadtrail-browser-')));
    if (demo) {
      execFileSync(program, ['demo', '--data', one.folder, '--until', demo], { stdio: 'pipe' });
    }
    await one.serve();
    return one;
  }

  /** Starts it; `same` at the addresses it had, which pages that are open go on asking. */
  async serve({ same = false, options = [] }: { same?: boolean; options?: string[] } = {}) {
    const [hooks, ui] = same
      ? [new URL(this.hooks).host, new URL(this.ui).host]
      : ['127.0.0.1:0', '127.0.0.1:0'];
    const child = spawn(program, ['serve', '--data', this.folder, '--hooks', hooks, '--ui', ui, ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TZ: 'UTC' },
    });
    this.#child = child;
    child.stderr.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    const lines = await new Promise<string>((done, failed) => {
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (/^ui .*\n/m.test(said)) done(said);
      });
      child.on('error', failed);
      child.on('exit', (code) => failed(new Error(`leadtrail serve ended with ${code}: ${this.#stderr}`)));
    });
    this.hooks = /^hooks (\S+)/m.exec(lines)?.[1] ?? '';
    this.link = /^ui (\S+)/m.exec(lines)?.[1] ?? '';
    const address = new URL(this.link);
    this.ui = address.origin;
    Leadtrail.doors.add(this.ui);
    this.#token = address.searchParams.get('token') ?? '';
  }

  /** Ends the program and leaves its data where they are: `serve` starts it again. */
  async halt() {
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
  }

  /** Ends it and starts it again some milliseconds later, on the same data. */
  async pause(milliseconds: number) {
    await this.halt();
    await new Promise((done) => setTimeout(done, milliseconds));
    await this.serve();
  }

  async stop() {
    await this.halt();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  // ── What a script says ─────────────────────────────────────────────────────────────────────────

  async api<T>(path: string, init: { method?: string; body?: unknown } = {}): Promise<T> {
    const answer = await fetch(`${this.ui}/api${path}`, {
      method: init.method ?? 'GET',
      headers: { Authorization: `Bearer ${this.#token}`, 'Content-Type': 'application/json' },
      body: init.body === undefined ? undefined : JSON.stringify(init.body),
    });
    if (!answer.ok)
      throw new Error(`${init.method ?? 'GET'} ${path}: ${answer.status} ${await answer.text()}`);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  /** Waits until all that was answered is on timelines: while much comes, some of it waits beside the data file. */
  async settled(): Promise<void> {
    while ((await this.api<{ waiting: unknown }>('/status')).waiting)
      await new Promise((done) => setTimeout(done, 20));
  }

  add(provider: ProviderSlug, more: Partial<NewSource> = {}): Promise<Source> {
    return this.api('/sources', {
      method: 'POST',
      body: { provider, name: more.name ?? provider, ...more },
    });
  }
  /** Makes a backup by hand; the program's own first one may be under way just then. */
  async backUp(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        await this.api('/backups', { method: 'POST', body: {} });
        return;
      } catch (error) {
        if (tries > 40 || !/ 409 /.test(String(error))) throw error;
        await new Promise((again) => setTimeout(again, 250));
      }
    }
  }
  lead = (id: number) => this.api<LeadDetail>(`/leads/${id}`);
  timeline = (id: number) => this.api<Timeline>(`/leads/${id}/timeline`);
  delivery = (id: number) => this.api<DeliveryDetail>(`/deliveries/${id}`);

  /** All pages of a list. */
  async all<T>(path: string): Promise<T[]> {
    const out: T[] = [];
    let cursor: string | null = null;
    do {
      const tail: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
      const page: Page<T> = await this.api(`${path}${path.includes('?') ? '&' : '?'}limit=200${tail}`);
      out.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor);
    return out;
  }
  leads = () => this.all<LeadRow>('/leads');
  deliveries = () => this.all<Delivery>('/deliveries');
  async entries(lead: number): Promise<Entry[]> {
    return (await this.timeline(lead)).entries;
  }

  // ── What a sender says ─────────────────────────────────────────────────────────────────────────

  async send(
    url: string | undefined,
    body: string | Json,
    {
      key,
      headers = {},
    }: { key?: { provider: ProviderSlug; value: string }; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    if (!url) throw new Error('this source has no such address');
    const raw = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(key ? signature(key.provider, key.value, raw) : {}),
        ...headers,
      },
      body: raw,
    });
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  }
}

/** The header a service of this kind puts beside its body. */
export function signature(provider: ProviderSlug, key: string, raw: string): Record<string, string> {
  switch (provider) {
    case 'callrail':
      return { Signature: createHmac('sha1', key).update(raw).digest('base64') };
    case 'telmetrics':
      return {
        'ms-signature': `sha256=${createHmac('sha256', key).update(raw).digest('hex').toUpperCase()}`,
      };
    case 'varda': {
      const t = Math.floor(Date.now() / 1000);
      return {
        'X-Varda-Signature': `t=${t},v1=${createHmac('sha256', key).update(`${t}.${raw}`).digest('hex')}`,
      };
    }
    default:
      return {};
  }
}

/** The text of a payload that a service published, or of one of ours. */
export function fixture(provider: ProviderSlug, name: string): string {
  return readFileSync(join(root, 'tests/fixtures', provider, name), 'utf8');
}

export function json(provider: ProviderSlug, name: string): Record<string, Json> {
  return JSON.parse(fixture(provider, name)) as Record<string, Json>;
}

/** Every payload of a provider that is JSON as it stands. */
export function payloads(provider: ProviderSlug): { name: string; body: Json }[] {
  const out: { name: string; body: Json }[] = [];
  for (const name of readdirSync(join(root, 'tests/fixtures', provider)).sort()) {
    if (!/\.json(ish)?$/.test(name) || /^(api_|ms_)/.test(name)) continue;
    try {
      out.push({ name, body: JSON.parse(fixture(provider, name)) as Json });
    } catch {
      // Some samples are published with mistakes in them; reading those is not what the browser tests are about.
    }
  }
  return out;
}

/** RFC 3339 with the zone CallRail uses, some seconds from now. */
export function stamp(seconds = 0): string {
  return new Date(Date.now() + seconds * 1000).toISOString().replace('Z', '-00:00');
}
