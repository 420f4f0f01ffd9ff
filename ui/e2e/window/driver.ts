/** Leadtrail's own window on a screen of its own, driven through the WebDriver protocol. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const program = process.env.LEADTRAIL_BIN ?? join(root, 'target/debug/leadtrail');

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Asks until the answer is neither `undefined` nor an error, or says what was waited for. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  seconds = 20,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let last: unknown = 'nothing';
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await new Promise((later) => setTimeout(later, 100));
  }
  throw new Error(`${what}: not within ${seconds} s (${String(last)})`);
}

/** A screen, a data folder and a home that nobody else has, and everything started on them. */
export class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), 'leadtrail-window-'));
  readonly data = join(this.folder, 'data');
  /** Where the stand-in for the system's browser writes what it was asked to open. */
  readonly opened = join(this.folder, 'opened');
  private readonly env: NodeJS.ProcessEnv;
  private groups: ChildProcess[] = [];

  private constructor() {
    mkdirSync(this.data);
    const bin = join(this.folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'xdg-open'), `#!/bin/sh\nprintf '%s\\n' "$@" >> '${this.opened}'\n`);
    chmodSync(join(bin, 'xdg-open'), 0o755);
    this.env = {
      PATH: `${bin}:${process.env.PATH}`,
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      HOME: this.folder,
      XDG_RUNTIME_DIR: this.folder,
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(this.folder, 'no-bus')}`,
      // Software rendering: there is no graphics card on a virtual screen.
      WEBKIT_DISABLE_DMABUF_RENDERER: '1',
      LIBGL_ALWAYS_SOFTWARE: '1',
    };
  }

  static async open(): Promise<Desk> {
    const desk = new Desk();
    try {
      const screen = desk.run('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp']);
      let display = '';
      screen.stdio[3]?.on('data', (chunk: Buffer) => (display += chunk.toString()));
      await until('a screen', () => (display.includes('\n') ? true : undefined));
      desk.env.DISPLAY = `:${display.trim()}`;
      return desk;
    } catch (error) {
      await desk.close();
      throw error;
    }
  }

  /** Starts a program in a process group of its own. */
  private run(name: string, args: string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn(name, args, {
      env: { ...this.env, ...env },
      cwd: this.folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    child.on('error', () => undefined);
    this.groups.push(child);
    return child;
  }

  /** Starts Leadtrail without driving it: what it said, and how it ended. */
  start(args: string[] = [], env: NodeJS.ProcessEnv = {}) {
    const child = this.run(program, ['--data', this.data, ...args], env);
    const said = { out: '', err: '' };
    child.stdout?.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
    const ended = new Promise<number | null>((done) => child.on('close', (code) => done(code)));
    return { said, ended, kill: (signal: NodeJS.Signals) => child.kill(signal) };
  }

  /** Opens the window, driven. */
  async window(args: string[] = []): Promise<Window> {
    const port = await freePort();
    const log = { text: '' };
    const driver = this.run('WebKitWebDriver', [`--port=${port}`], { TAURI_WEBVIEW_AUTOMATION: 'true' });
    for (const stream of [driver.stdout, driver.stderr]) {
      stream?.on('data', (chunk: Buffer) => (log.text += chunk.toString()));
    }
    const base = `http://127.0.0.1:${port}`;
    await until('WebKitWebDriver', async () => ((await fetch(`${base}/status`)).ok ? true : undefined));
    const options = { binary: program, args: ['--data', this.data, ...args] };
    try {
      const { sessionId } = await call<{ sessionId: string }>('POST', `${base}/session`, {
        capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } },
      });
      return new Window(`${base}/session/${sessionId}`);
    } catch (error) {
      throw new Error(`${String(error)}\n${log.text}`);
    }
  }

  /** The whole screen as a PNG, where ImageMagick is there to take it. */
  screenshot(file: string): string | null {
    try {
      execFileSync('import', ['-window', 'root', file], { env: this.env, timeout: 20_000 });
      return file;
    } catch {
      return null;
    }
  }

  links(): string[] {
    return existsSync(this.opened) ? readFileSync(this.opened, 'utf8').trim().split('\n') : [];
  }

  /** Ends every process group that was started here, the newest first. */
  async close(): Promise<void> {
    for (const child of this.groups.reverse()) {
      if (child.pid === undefined) continue;
      const over = new Promise((done) =>
        (child.exitCode ?? child.signalCode) !== null ? done(0) : child.on('exit', done),
      );
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        try {
          process.kill(-child.pid, signal);
        } catch {
          break;
        }
        await Promise.race([over, new Promise((later) => setTimeout(later, 3000))]);
      }
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** One session with the window. */
export class Window {
  constructor(private readonly base: string) {}

  /** Runs a script in the page; the answer is JSON. */
  run<T>(script: string, ...args: unknown[]): Promise<T> {
    return call('POST', `${this.base}/execute/sync`, { script, args });
  }

  /** Runs a script that answers by a promise. */
  later<T>(body: string, ...args: unknown[]): Promise<T> {
    const script = `const [...args] = arguments; const done = args.pop();
      (async () => { ${body} })().then(done, (error) => done({ failed: String(error) }));`;
    return call('POST', `${this.base}/execute/async`, { script, args });
  }

  address(): Promise<string> {
    return call('GET', `${this.base}/url`);
  }

  size(): Promise<{ width: number; height: number }> {
    return call('GET', `${this.base}/window/rect`);
  }

  /** The first element that is shown and whose XPath fits; waits for it. */
  async see(xpath: string, seconds = 20): Promise<string> {
    return until(
      `see ${xpath}`,
      async () => {
        const found = await call<Record<string, string>[]>('POST', `${this.base}/elements`, {
          using: 'xpath',
          value: xpath,
        });
        for (const element of found) {
          const id = element[ELEMENT];
          // The driver's own idea of what is shown gives up on text that is cut short.
          if (id && (await this.run('return arguments[0].checkVisibility()', element))) return id;
        }
        return undefined;
      },
      seconds,
    );
  }

  async text(xpath: string): Promise<string> {
    return call('GET', `${this.base}/element/${await this.see(xpath)}/text`);
  }

  async click(xpath: string): Promise<void> {
    const id = await this.see(xpath);
    await call('POST', `${this.base}/element/${id}/click`, {});
  }

  /** Ends the session, and the program with it. */
  async close(): Promise<void> {
    await call('DELETE', this.base);
  }
}

async function call<T>(method: string, address: string, body?: unknown): Promise<T> {
  const answer = await fetch(address, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  const { value } = (await answer.json()) as { value: T & { error?: string; message?: string } };
  if (!answer.ok) throw new Error(`${method} ${address}: ${value.error} ${value.message}`);
  return value;
}
