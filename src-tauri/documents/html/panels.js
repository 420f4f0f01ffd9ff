
/* The page: charts, tables and panels. Follows report.js in the same script. */
/* charts */
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
/* What people read of a row: a day is written out. */
const calledOf = (row) => row.text ?? row.label;
const maxOf = (values) => Math.max(0, ...values.map((value) => value ?? 0));
const share = (value, most) => `${most > 0 ? Math.max(0, ((value ?? 0) / most) * 100).toFixed(2) : 0}%`;

function glyph(stage) {
  const ring = (extra) => s('circle', { cx: 7, cy: 7, r: 5.6, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.5, ...extra });
  const tick = (colour) => s('path', { d: 'M4.5 7.2l1.8 1.8 3.3-3.7', fill: 'none', stroke: colour, 'stroke-width': 1.5, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' });
  const dial = { contacted: 2.67, responded: 5.34, quoted: 8.01 }[stage];
  let inside = null;
  if (stage === 'new') inside = [ring({ 'stroke-dasharray': '2.2 2.2' })];
  else if (dial) inside = [ring(), s('circle', { cx: 7, cy: 7, r: 1.7, fill: 'none', stroke: 'currentColor', 'stroke-width': 3.4, 'stroke-dasharray': `${dial} 10.68`, transform: 'rotate(-90 7 7)' })];
  else if (stage === 'booked') inside = [ring(), tick('currentColor')];
  else if (stage === 'converted') inside = [s('circle', { cx: 7, cy: 7, r: 6.3, fill: 'currentColor' }), tick('var(--bg-panel)')];
  return inside && s('svg', { class: `glyph g-${stage}`, viewBox: '0 0 14 14', 'aria-hidden': 'true' }, inside);
}

function funnel(table) {
  const most = maxOf(table.rows.map((row) => row.cells[0].value));
  const shareAt = table.columns.findIndex((column) => column.unit === 'percent');
  return h(
    'div',
    { class: 'funnel' },
    table.rows.map((row) => {
      const cell = row.cells[0];
      const stage = row.key.replace('reached.', '');
      const part = shareAt > 0 ? row.cells[shareAt] : null;
      const won = stage === 'booked' || stage === 'converted';
      const partText = part && part.value !== null ? part.text : '';
      return figure(cell, {
        className: won ? 'fr won' : 'fr',
        name: partText ? `${row.label}, ${partText} ${table.columns[shareAt].label.toLowerCase()}` : row.label,
        content: [
          h('span', { class: 'lab' }, glyph(stage), row.label),
          h('span', { class: 'fb' }, h('i', { css: { width: share(cell.value, most) } })),
          h('span', { class: 'num strong' }, cell.text),
          h('span', { class: 'num t2 fs12' }, partText),
        ],
      });
    }),
  );
}

/* One stop for the keyboard; arrows move within. */
function roving(box, selector, across) {
  const all = () => [...box.querySelectorAll(selector)];
  all().forEach((button, i) => button.setAttribute('tabindex', i ? '-1' : '0'));
  box.addEventListener('keydown', (event) => {
    const list = all();
    const at = list.indexOf(document.activeElement);
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across, Home: -at, End: list.length - 1 - at }[event.key];
    if (at < 0 || by === undefined) return;
    const next = list[at + by];
    event.preventDefault();
    if (!next) return;
    list[at].setAttribute('tabindex', '-1');
    next.setAttribute('tabindex', '0');
    next.focus();
  });
  return box;
}

const SPEED_TONES = ['', '', ' t1', ' t1', ' t2', ' t2', ' t2', ' t3'];
function columns(table) {
  const most = maxOf(table.rows.map((row) => row.cells[0]?.value));
  const dense = table.rows.length > 16;
  const speed = table.key === 'speed' && table.rows.length === SPEED_TONES.length;
  const box = h(
    'div',
    { class: dense ? 'stl dense' : 'stl' },
    table.rows.map((row, i) => {
      const cell = row.cells[0];
      const { text } = cell;
      const high = `${most > 0 ? Math.round(((cell.value ?? 0) / most) * (dense ? 116 : 131)) : 0}px`;
      return figure(cell, {
        className: 'sc',
        name: `${table.columns[0].label}, ${calledOf(row)}`,
        content: [
          dense ? '' : h('span', { class: 'num fs12 med' }, text),
          h('span', { class: `sb${speed ? SPEED_TONES[i] : ''}`, css: { height: high } }),
          dense ? '' : h('span', { class: 'sl' }, calledOf(row)),
        ],
      });
    }),
  );
  if (!dense) return box;
  const ends = [table.rows[0], table.rows[table.rows.length - 1]];
  return [
    h('p', { class: 't2 fs12' }, table.columns[0].label),
    roving(box, 'button', 7),
    h('p', { class: 'ticks', 'aria-hidden': 'true' }, ends.map((row) => h('span', null, calledOf(row)))),
  ];
}

function heat(table) {
  const most = maxOf(table.rows.flatMap((row) => row.cells.map((cell) => cell.value)));
  const { first, last } = table.hours ?? { first: 0, last: table.columns.length - 1 };
  const hours = table.columns.slice(first, last + 1);
  const box = h(
    'table',
    { class: 'heat' },
    h('caption', { class: 'sr' }, table.title),
    h('thead', null, h('tr', null, h('td'), hours.map((column) => h('th', { scope: 'col' }, column.label)))),
    h(
      'tbody',
      null,
      table.rows.map((row) =>
        h(
          'tr',
          null,
          h('th', { scope: 'row' }, row.label),
          row.cells.slice(first, last + 1).map((cell) => {
            const level = most && cell.value ? Math.max(1, Math.ceil((cell.value / most) * 5)) : 0;
            const name = `${cell.hour}: ${cell.text} ${cell.value === 1 ? 'call' : 'calls'}`;
            return h('td', null, figure(cell, { className: `hc h${level}`, tag: name, content: [cell.value ? cell.text : h('span', { class: 'sr' }, '0')] }));
          }),
        ),
      ),
    ),
  );
  return h('div', { class: 'wide' }, roving(box, 'button', hours.length));
}

/* tables */
const legend = (labels, tone) => h('ul', { class: 'leg2' }, labels.map((label, i) => h('li', null, h('i', { class: `${tone}${i}` }), label)));
/* Places to jump to have names of their own: "By rep, a table", "By rep, a table (2)". */
const taken = new Map();
function ownName(name) {
  taken.set(name, (taken.get(name) ?? 0) + 1);
  return taken.get(name) > 1 ? `${name} (${taken.get(name)})` : name;
}
const toneOf = (table) => (/^sentiment/.test(table.key) ? 'm' : 'o');

function grid(table) {
  if (!table.rows.length) return h('p', { class: 't2' }, 'Nothing of this kind was told in this period.');
  const stacked = table.chart === 'stacked' ? table.stacked.map((key) => table.columns.findIndex((column) => column.key === key)).filter((i) => i >= 0) : [];
  const every = [...table.rows, ...(table.total ? [table.total] : [])];
  /* Wide tables leave out what nobody told anything of. */
  const idle = (i) => table.columns.length > 6 && every.every((row) => !row.cells[i].value && !row.cells[i].was);
  const kept = table.columns.map((_, i) => i).filter((i) => i === 0 || !idle(i));
  const gone = table.columns.filter((_, i) => !kept.includes(i)).map((column) => column.label);
  const most = maxOf(table.rows.map((row) => row.cells[0].value));
  const drawn = table.chart === 'bars' ? 'bar' : stacked.length ? 'stack' : '';
  const bar = (row, total) => {
    if (!drawn) return null;
    if (total) return h('td');
    if (drawn === 'bar') return h('td', { class: 'w', 'aria-hidden': 'true' }, h('span', { class: 'one' }, h('i', { css: { width: share(row.cells[0].value, most) } })));
    const some = stacked.filter((i) => row.cells[i].value);
    const text = some.map((i) => `${row.cells[i].text} ${table.columns[i].label.toLowerCase()}`).join(', ') || 'none';
    return h(
      'td',
      { class: 'w' },
      h('span', { class: 'stack', role: 'img', 'aria-label': text }, some.map((i) => h('i', { class: `${toneOf(table)}${stacked.indexOf(i)}`, css: { flex: String(row.cells[i].value) } }))),
    );
  };
  const cells = (row, total) =>
    kept.map((i) => {
      const cell = row.cells[i];
      const was = cell.was_text ? `was ${cell.was_text}` : '';
      const td = h('td', { class: 'r' }, figure(cell, { name: `${table.columns[i].label}, ${calledOf(row)}` }), was && h('span', { class: 'was' }, was));
      return i === 0 ? [td, bar(row, total)] : td;
    });
  const line = (row, total) => h('tr', { class: total && 'tot' }, h('th', { scope: 'row' }, said(calledOf(row))), cells(row, total));
  const head = kept.map((i) => {
    const th = h('th', { scope: 'col', class: 'r' }, table.columns[i].label);
    if (i !== 0 || !drawn) return th;
    return [th, drawn === 'bar' ? h('td', { class: 'w' }) : h('th', { scope: 'col', class: 'w' }, 'Made of')];
  });
  return [
    stacked.length ? legend(stacked.map((i) => table.columns[i].label), toneOf(table)) : null,
    h(
      'div',
      { class: 'wide', tabindex: kept.length > 5 ? 0 : null, role: kept.length > 5 ? 'region' : null, 'aria-label': kept.length > 5 ? ownName(`${table.title}, a table`) : null },
      h(
        'table',
        { class: 'tbl' },
        h('caption', { class: 'sr' }, table.title),
        h('thead', null, h('tr', null, h('th', { scope: 'col' }, table.row_label), head)),
        h('tbody', null, table.rows.map((row) => line(row, false)), table.total ? line(table.total, true) : null),
      ),
    ),
    gone.length ? h('p', { class: 't3 fs12' }, `Left out, since they hold nothing: ${gone.join(', ')}.`) : null,
  ];
}
const behind = (table, title) => h('details', null, h('summary', null, title ?? 'The same as a table'), grid(table));

/* panels */
function panel(className, title, note, ...inside) {
  return h('section', { class: `panel ${className}`, 'aria-label': title }, h('header', null, h('h2', null, title), note ? h('span', { class: 't3 fs12' }, note) : null), h('div', { class: 'in' }, inside));
}
function drawnTable(table, heading) {
  const drawn = { funnel, columns, heat }[table.chart];
  const title = heading && h('h3', null, table.title);
  if (!drawn || !table.rows.length) return [title, grid(table)];
  /* The heat map is a table itself. */
  return [title, drawn(table), table.chart === 'heat' ? null : behind(table)];
}
const cellOf = (wanted, unit) => {
  for (const section of report.sections) {
    for (const table of section.tables) {
      for (const row of table.rows) for (const cell of row.cells) if (cell.figure === wanted && (unit ? cell.unit === unit : cell.unit !== 'percent')) return cell;
    }
  }
  return null;
};

function rescue() {
  const [missed, hour, later, never] = ['calls.missed_really', 'calls.returned_1h', 'calls.returned_later', 'calls.returned_never'].map((one) => cellOf(one));
  if (!missed || !hour || !later || !never) return null;
  const list = [['Within the hour', hour, 'm0'], ['Later', later, 'm1'], ['Never', never, 'm2']];
  const [wait, earned] = ['calls.return_time', 'money.after_miss'].map((one) => cellOf(one));
  return panel(
    'd resc',
    'Missed calls, rescued',
    '',
    h('p', null, figure(hour, { className: 'fig big', name: 'called back within the hour' }), h('span', { class: 't2' }, ' of ', figure(missed, { name: 'missed in the end' }), ' called back within the hour')),
    h('div', { class: 'stack', 'aria-hidden': 'true' }, list.filter(([, cell]) => cell.value).map(([, cell, tone]) => h('i', { class: tone, css: { flex: String(cell.value) } }))),
    h('ul', { class: 'leg' }, list.map(([label, cell, tone]) => h('li', null, h('i', { class: tone }), label, figure(cell, { name: label })))),
    h(
      'p',
      { class: 't2 fs12' },
      wait && wait.value !== null ? ['Median wait ', figure(wait, { name: 'median wait' }), '. '] : null,
      earned && earned.value ? ['Leads with a missed call became ', figure(earned, { name: 'earned after a missed call' }), '.'] : null,
    ),
  );
}

function sectionPanel(section) {
  const [first, ...more] = section.tables;
  if (!first) return null;
  if (section.key === 'funnel' || section.key === 'speed') {
    const quick = section.key === 'speed' ? cellOf('speed.under5', 'percent') : null;
    const share = first.columns.find((column) => column.unit === 'percent');
    const note = quick ? [figure(quick, { name: 'answered within 5 minutes' }), ' within 5 min'] : share ? `share ${share.label.toLowerCase()}` : section.note;
    return panel(section.key === 'funnel' ? 'a' : 'b', section.title, note, drawnTable(first, false), more.map((table) => behind(table, table.title)));
  }
  if (section.key === 'heatmap') return panel('c', section.title, `calls per hour, ${page.zone}`, section.tables.map((table) => drawnTable(table, false)));
  const rest = more.filter((table) => table.key !== 'rescue' || !cellOf('calls.missed_really'));
  const long = ['touches', 'outcomes', 'calls', 'reps'].includes(section.key) ? 'e long' : 'e';
  return panel(long, section.title, section.note, drawnTable(first, section.tables.length > 1), rest.map((table) => behindDrawn(table)));
}
/* The first table of a section stands open; the others open by their names, and all of them for print. */
const behindDrawn = (table) => h('details', null, h('summary', null, table.title), drawnTable(table, false));

function spark(series) {
  const known = series.map((point, i) => [i, point.value]).filter(([, value]) => value !== null);
  if (known.length < 2) return null;
  const values = known.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (i) => (2 + (i / (series.length - 1)) * 76).toFixed(1);
  const y = (value) => (high === low ? 12 : 20 - ((value - low) / (high - low)) * 16).toFixed(1);
  const line = { points: known.map(([i, value]) => `${x(i)},${y(value)}`).join(' '), fill: 'none', stroke: 'currentColor', 'stroke-width': 1.5, 'stroke-linejoin': 'round', 'stroke-linecap': 'round' };
  return s('svg', { class: 'spark', viewBox: '0 0 80 24', 'aria-hidden': 'true' }, s('polyline', line));
}
function headline(one) {
  const { text, change: moved, was_text: was } = one.cell;
  const tone = one.better === true ? 'c-good' : one.better === false ? 'c-bad' : 't2';
  return figure(one.cell, {
    className: 'kpi',
    name: [one.label, moved, was && `was ${was}`].filter(Boolean).join(', '),
    content: [
      h('span', { class: 'kl' }, one.label),
      h('span', { class: 'kr' }, h('span', { class: 'kv2' }, text), spark(one.series)),
      h('span', { class: 'kd' }, was ? [h('span', { class: `${tone} med` }, moved), moved ? ' ' : '', h('span', { class: 't3' }, `was ${was}`)] : ''),
    ],
  });
}

const sums = (list) =>
  h(
    'div',
    { class: 'sums' },
    list.map((sum) =>
      h(
        'p',
        null,
        figure(sum.total, { name: sum.label }),
        said(sum.label),
        sum.parts.map((part, i) => [h('span', { class: 't3' }, i ? '+' : '='), figure(part.cell, { name: part.label }), said(part.label)]),
      ),
    ),
  );

const facts = (list) => h('dl', { class: 'defs' }, list.filter(([, value]) => !empty(value)).map(([label, value]) => [h('dt', null, label), h('dd', null, value)]));

function changed() {
  const change = manifest.changed;
  if (!change) return null;
  const line = `Since the last one of ${page.since}: ${many(change.added, 'row', 'rows')} came, ${many(change.changed, 'row reads', 'rows read')} otherwise, ${many(change.gone, 'row is', 'rows are')} gone.`;
  const row = ({ what, row, text }) =>
    h(
      'tr',
      null,
      [what === 'added' ? 'Came' : 'Reads otherwise', text.at, ofKey(row.kind), row.name ?? 'No name yet', text.phone ?? '', row.service ?? '', ofKey(row.outcome ?? row.state ?? row.stage)].map((text) => h('td', null, said(text))),
    );
  return panel(
    'e long',
    'What changed',
    '',
    h('p', { class: 't2' }, line),
    change.rows.length
      ? h(
          'details',
          null,
          h('summary', null, `The ${many(change.rows.length, 'row', 'rows')} that came or read otherwise`),
          h('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'Rows that changed' }, h('table', { class: 'tbl' }, h('thead', null, h('tr', null, ['', 'When', 'What', 'Name', 'Number', 'Source', 'How it stands'].map((label) => (label ? h('th', { scope: 'col' }, label) : h('td'))))), h('tbody', null, change.rows.map(row)))),
        )
      : null,
  );
}

function about() {
  const hours = manifest.hours.map((open, i) => `${WEEKDAYS[i]} ${open || 'closed'}`).join(', ');
  const total = Object.values(manifest.rows).reduce((sum, n) => sum + n, 0);
  const kinds = { lead: ['lead', 'leads'], call: ['call', 'calls'], text: ['text', 'texts'], form: ['form', 'forms'], outcome: ['outcome', 'outcomes'], money: ['amount', 'amounts'], close: ['close', 'closes'], disagreement: ['disagreement', 'disagreements'] };
  return panel(
    'e long',
    'What this report is made of',
    '',
    facts([
      ['Period', `${page.period}, whole days`],
      ['Compared with', page.compared],
      ['Time zone', `${manifest.time_zone} (${page.zone})`],
      ['Filters', said(page.filters.join('; '))],
      ['As known on', `${page.as_of}${manifest.as_of_asked ? ', as asked' : ''}`],
      ['Made', `${page.made_at} by Leadtrail ${manifest.program}`],
      ['Payloads read as version', String(manifest.projection_version)],
      ['Open', hours],
      ['Closed on', page.holidays.join(', ')],
      ['Numbers that are tests', count(manifest.test_numbers)],
      ['Money in', manifest.currency],
      ['Rows', `${count(total)}: ${Object.entries(manifest.rows).map(([kind, n]) => many(n, ...(kinds[kind] ?? [kind, kind]))).join(', ')}`],
      ['SHA-256 of the data', h('span', { class: 'mono' }, manifest.sha256)],
    ]),
    h('details', { id: 'definitions' }, h('summary', null, 'What each figure counts'), facts(Object.values(report.measures).map((measure) => [measure.label, measure.counts]))),
  );
}

/* the page */
const compare = h(
  'button',
  {
    class: 'btn',
    type: 'button',
    'aria-pressed': 'false',
    on: {
      click: () => {
        const on = document.body.classList.toggle('compare');
        compare.setAttribute('aria-pressed', String(on));
      },
    },
  },
  'Show what it was',
);
const order = ['funnel', 'speed', 'heatmap', '', 'touches', 'outcomes', 'calls', 'sentiment', 'reasons', 'reps', 'disagreements'];
const rank = (section) => (order.includes(section.key) ? order.indexOf(section.key) : order.length);
const sections = [...report.sections].sort((a, b) => rank(a) - rank(b));
const heatAt = sections.findIndex((section) => section.key === 'heatmap');
const panels = sections.map(sectionPanel);
const saved = rescue();
if (saved) panels.splice(heatAt + 1, 0, saved);
if (heatAt >= 0 && !saved) panels[heatAt]?.classList.replace('c', 'e');
for (const [one, other] of [['funnel', 'speed'], ['speed', 'funnel']]) {
  const at = sections.findIndex((section) => section.key === one);
  if (at >= 0 && !sections.some((section) => section.key === other)) panels.find((p) => p?.matches('.a, .b'))?.classList.add('e');
}
if (saved && heatAt < 0) saved.classList.add('e');

const main = document.getElementById('main');
main.append(
  h(
    'header',
    { class: 'top' },
    manifest.business ? h('p', { class: 'over' }, said(manifest.business)) : null,
    h(
      'div',
      { class: 'title' },
      h('h1', { class: 'grow' }, said(report.title), h('span', { class: 'per' }, ` · ${page.period}`)),
      h('div', { class: 'tools title' }, manifest.compared ? compare : null, h('button', { class: 'btn', type: 'button', on: { click: () => window.print() } }, 'Print')),
    ),
    h('p', { class: 'asof' }, [`As of ${page.as_of}`, page.zone, page.compared && `Compared with ${page.compared}`, page.filters.join('; ')].filter(Boolean).map((text) => h('span', null, said(text)))),
    manifest.notes.length ? h('ul', { class: 'notes' }, manifest.notes.map((note) => h('li', null, said(note)))) : null,
    opens ? null : h('p', { class: 'notes' }, `This report stands on ${many(stored.total, 'row', 'rows')}. More than ${count(page.most_rows)} are not put into this file, so its figures do not open: the rows are in the workbook (XLSX) and the CSV of the same report.`),
  ),
  h(
    'div',
    { class: 'rep' },
    report.headlines.length ? h('section', { class: 'kpis', 'aria-label': 'Key figures' }, report.headlines.map(headline)) : null,
    panels,
    report.sums.length ? panel('e', 'How figures add up', '', sums(report.sums)) : null,
    changed(),
    about(),
  ),
);
document.body.append(dialog);
dialog.addEventListener('click', (event) => {
  if (event.target === dialog) dialog.close();
});
/* Everything stands open on paper. */
let closed = [];
window.addEventListener('beforeprint', () => {
  closed = [...document.querySelectorAll('details:not([open])')].filter((one) => one.id !== 'definitions');
  closed.forEach((one) => (one.open = true));
});
window.addEventListener('afterprint', () => closed.forEach((one) => (one.open = false)));
/* For whoever checks that each figure opens exactly as many rows as it says. */
globalThis.rowsBehind = rowsOf;
