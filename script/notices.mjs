// Whose work is in the program, and on which terms: written to ui/src/rooms/settings/third-party-notices.txt, which is shown in the
// app and packed beside the program.
//
//   node script/notices.mjs            writes it anew
//   node script/notices.mjs --check    fails where it is not what would be written
//
// What is in the program is asked of cargo and vite, for all systems and with the window. Where terms are offered for
// choice, Apache's are taken, so that one text serves hundreds of packages; otherwise a package's own text stands here.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'ui/src/rooms/settings/third-party-notices.txt');
const fail = (words) => {
  console.error(`✗ ${words}`);
  process.exit(1);
};

// ── What is in it ────────────────────────────────────────────────────────────────────────────────

/** The crates that are linked, or made code that is. */
function crates() {
  const asked = ['metadata', '--locked', '--format-version', '1', '--all-features'];
  const options = { cwd: root, maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] };
  const { packages, resolve } = JSON.parse(execFileSync('cargo', asked, options));
  const named = new Map(packages.map((one) => [one.id, one]));
  const nodes = new Map(resolve.nodes.map((one) => [one.id, one]));
  const found = new Set();
  const ahead = [resolve.root];
  while (ahead.length) {
    const id = ahead.pop();
    if (found.has(id)) continue;
    found.add(id);
    const runs = ({ dep_kinds }) => dep_kinds.some(({ kind }) => kind === null);
    ahead.push(
      ...nodes
        .get(id)
        .deps.filter(runs)
        .map(({ pkg }) => pkg),
    );
  }
  found.delete(resolve.root);
  return [...found].map((id) => {
    const { name, version, license, license_file, authors, repository, manifest_path } = named.get(id);
    const folder = dirname(manifest_path);
    return { name, version, license: license ?? `see ${license_file}`, authors, repository, folder };
  });
}

/** The npm packages that are in the built pages, by what vite puts into them. */
async function modules() {
  const ui = join(root, 'ui');
  const vite = join(ui, 'node_modules/vite/dist/node/index.js');
  if (!existsSync(vite)) fail('ui/node_modules is missing: run script/setup first.');
  const { build } = await import(pathToFileURL(vite));
  process.chdir(ui);
  const built = await build({ root: ui, logLevel: 'error', build: { write: false } });
  const folders = new Set();
  for (const file of [built].flat().flatMap(({ output }) => output)) {
    for (const path of [...Object.keys(file.modules ?? {}), ...(file.originalFileNames ?? [])]) {
      const folder = path.replaceAll('\\', '/').match(/.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0];
      if (folder) folders.add(join(ui, folder.slice(folder.indexOf('node_modules/'))));
    }
  }
  return [...folders].map((folder) => {
    const { name, version, license, author, repository } = JSON.parse(
      readFileSync(join(folder, 'package.json')),
    );
    const authors = [author?.name ?? author].filter(Boolean);
    const address = (repository?.url ?? repository)?.replace(/^(git\+|github:)|\.git$/g, '');
    return { name, version, license, authors, repository: address, folder };
  });
}

/** What is in it without being a package. */
const others = [
  {
    name: 'Inter (letters of PDF files)',
    version: '',
    license: 'OFL-1.1',
    authors: [],
    repository: 'https://github.com/rsms/inter',
    folder: join(root, 'src-tauri/documents/fonts'),
  },
  {
    name: 'SQLite (in libsqlite3-sys)',
    version: '',
    license: 'blessing',
    authors: [],
    repository: 'https://sqlite.org/copyright.html',
    text: 'The authors of SQLite dedicated it to the public domain.\n\nMay you do good and not evil.\nMay you find forgiveness for yourself and forgive others.\nMay you share freely, never taking more than you give.',
  },
];

// ── On which terms ───────────────────────────────────────────────────────────────────────────────

/** The ways in which an SPDX expression can be met, each a list of licences. */
function ways(expression) {
  const words = expression.replaceAll('/', ' OR ').match(/[()]|[^\s()]+/g);
  const any = () => {
    let found = all();
    while (words[0]?.toUpperCase() === 'OR') {
      words.shift();
      found = [...found, ...all()];
    }
    return found;
  };
  const all = () => {
    let found = one();
    while (words[0]?.toUpperCase() === 'AND') {
      words.shift();
      const more = one();
      found = found.flatMap((some) => more.map((other) => [...some, ...other]));
    }
    return found;
  };
  const one = () => {
    const word = words.shift();
    if (word === '(') {
      const found = any();
      words.shift();
      return found;
    }
    if (words[0] !== 'WITH') return [[word]];
    return [[[word, words.shift(), words.shift()].join(' ')]];
  };
  return any();
}

const APACHE = 'Apache-2.0';
const weight = (licence) => (licence === APACHE ? 1 : licence.includes('GPL') ? 100 : 3);
const sum = (way) => way.reduce((total, licence) => total + weight(licence), 0);
const chosen = (license) => ways(license).reduce((best, way) => (sum(way) < sum(best) ? way : best));

/** Which licence a file says it is of by its name, such as LICENSE-MIT; none for a plain LICENSE. */
function ofName(file) {
  const marks = [
    'apache',
    'mit',
    'unlicense',
    'zlib',
    'boost',
    'bsl',
    '0bsd',
    'bsd',
    'isc',
    'lgpl',
    'gpl',
    'cc0',
    'mpl',
  ];
  const rest = file
    .toLowerCase()
    .replace(/^(un)?licen[cs]es?|^copying|\.(txt|md)$/g, (start) => (start === 'unlicense' ? start : ''));
  return marks.find((mark) => rest.split(/[^a-z0-9]+/).some((word) => word === mark));
}

const IS_TERMS = /^(un)?licen[cs]e|^copying|^copyright|^notice/i;
const tidy = (text) =>
  text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[ \t]+$/gm, '')
    .replace(/^\n+|\n+$/g, '');

/** The files of a folder, and of the folders in it that hold what others wrote, that tell terms. */
function files(folder) {
  const entries = readdirSync(folder, { withFileTypes: true });
  const inside = entries.filter(
    (entry) => entry.isDirectory() && !/^(tests?|examples|benches|node_modules|\..*)$/.test(entry.name),
  );
  const paths = [folder, ...inside.map((entry) => join(folder, entry.name))].flatMap((place) =>
    readdirSync(place, { withFileTypes: true })
      .filter((entry) => entry.isFile() && (IS_TERMS.test(entry.name) || /^OFL/.test(entry.name)))
      .filter((entry) => !/\.(rs|js|ts|html|spdx|toml|json)$/.test(entry.name))
      .map((entry) => join(place, entry.name)),
  );
  return paths.map((path) => ({
    name: relative(folder, path).split(/[\\/]/).at(-1),
    text: tidy(readFileSync(path, 'utf8')),
  }));
}

/** What has to be said of a package beside Apache's text. */
function own(one, all) {
  if (one.text) return [one.text];
  const way = chosen(one.license);
  const lower = way.map((licence) => licence.toLowerCase());
  const speaks = ({ name, text }) => {
    if (/^notice/i.test(name)) return true;
    if (/GNU (LESSER )?GENERAL PUBLIC LICENSE/.test(text.slice(0, 400))) return false;
    if (/Apache License\s+Version 2\.0/i.test(text.slice(0, 400)) && !/\bMIT\b/.test(text.slice(0, 400)))
      return false;
    const mark = ofName(name);
    return !mark || lower.some((licence) => licence.startsWith(mark));
  };
  const texts = (folder) =>
    files(folder)
      .filter(speaks)
      .map(({ text }) => text);
  const found = texts(one.folder);
  const needs = way.filter((licence) => licence !== APACHE);
  if (found.length || !needs.length) return way.length === 1 && !needs.length ? notices(one.folder) : found;
  // Some packages leave the text out that the others of their repository hold.
  const beside = all.filter(
    (other) => other !== one && one.repository && other.repository === one.repository && other.folder,
  );
  const theirs = beside.map((other) => texts(other.folder)).find((some) => some.length);
  if (theirs) return theirs;
  return needs.map((licence) => {
    if (licence === 'MIT')
      return MIT(
        one.authors.map((author) => author.replace(/\s*<.*>/, '')).join(', ') || `the authors of ${one.name}`,
      );
    const same = all.filter((other) => other.license === licence && other.folder && other !== one);
    const text = licence.startsWith('MPL') && same.flatMap((other) => texts(other.folder)).at(0);
    return (
      text ||
      fail(
        `${one.name} ${one.version} (${one.license}) comes without its licence, and ${target} has to hold one.`,
      )
    );
  });
}

const notices = (folder) =>
  files(folder)
    .filter(({ name }) => /^notice/i.test(name))
    .map(({ text }) => text);

const MIT = (who) => `Copyright (c) ${who}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

// ── The file ─────────────────────────────────────────────────────────────────────────────────────

const key = ({ name, version }) => `${name} ${version}`.trim();
const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const all = [...crates(), ...(await modules()), ...others].sort((a, b) =>
  order(key(a).toLowerCase(), key(b).toLowerCase()),
);

const texts = new Map();
for (const one of all) {
  for (const text of new Set(own(one, all))) {
    const same = text.toLowerCase().replace(/\s+/g, ' ');
    if (!texts.has(same)) texts.set(same, { text, of: [] });
    texts.get(same).of.push(key(one));
  }
}

const line = '─'.repeat(100);
const wrapped = (names) =>
  names
    .join(', ')
    .replace(/(.{1,98})(?: |$)/g, '$1\n')
    .trimEnd();
const apache = all.filter((one) => one.license && !one.text && chosen(one.license).includes(APACHE)).map(key);
const listed = all.map(
  (one) => `${key(one)}\n    ${[one.license, one.repository].filter(Boolean).join('  ')}`,
);
const made = `${[
  'Leadtrail is licensed under the Apache License 2.0. The work of others is in it, on the terms below.',
  listed.join('\n'),
  ...[...texts.values()].map(({ text, of }) => `${line}\n${wrapped(of)}\n${line}\n\n${text}`),
  `${line}\n${wrapped(apache)}\n${line}\n\n${tidy(readFileSync(join(root, 'LICENSE'), 'utf8'))}`,
].join('\n\n')}\n`;

if (process.argv.includes('--check')) {
  if (!existsSync(target) || readFileSync(target, 'utf8') !== made) {
    fail(
      'ui/src/rooms/settings/third-party-notices.txt is not what is in the program: run node script/notices.mjs',
    );
  }
} else {
  writeFileSync(target, made);
  console.log(
    `${all.length} packages, ${texts.size + 1} texts, ${made.length} letters: ${relative(root, target)}`,
  );
}
