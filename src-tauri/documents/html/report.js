'use strict';
/* The figures, the rows behind them, and the words for both. Texts become text nodes only; nothing is fetched. */
const data = (id) => JSON.parse(document.getElementById(id).textContent);
const report = data('report');
const page = data('page');
const stored = data('rows');
const opens = stored.rows !== null;
const manifest = report.manifest;
const col = Object.fromEntries(stored.columns.map((name, i) => [name, i]));
const measureAt = Object.fromEntries(stored.measures.map((key, i) => [key, i]));

/* elements */
const SVG = 'http://www.w3.org/2000/svg';
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'on') for (const [event, run] of Object.entries(value)) element.addEventListener(event, run);
    else if (name === 'css') for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === '') continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}
const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
/* Words of senders: a right-to-left name must not turn the rest of the line around. */
const said = (text) => h('bdi', null, text);

/* words: what is a figure, a time or a number of somebody's comes with its text */
const count = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
const many = (n, one, more) => `${count(n)} ${n === 1 ? one : more}`;
const ofKey = (key) => {
  const text = String(key).replace(/[_-]/g, ' ').trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
};

/* which rows stand behind a figure */
function dimension(row, name) {
  const get = (key) => row[col[key]] ?? '';
  if (name === 'day') return get('local').slice(0, 10);
  if (name === 'hour') {
    const local = get('local');
    return `${new Date(`${local.slice(0, 10)}T00:00:00Z`).getUTCDay() || 7}T${local.slice(11, 13)}`;
  }
  if (name === 'touches') {
    const [first, last] = [get('first_touch'), get('last_touch')];
    return first || last ? `${first || 'Not told'} → ${last || 'Not told'}` : '';
  }
  return get(name);
}
function parts(figure) {
  const at = figure.indexOf('@');
  if (at < 0) return { measure: figure, by: null, value: null };
  const rest = figure.slice(at + 1);
  const is = rest.indexOf('=');
  return { measure: figure.slice(0, at), by: rest.slice(0, is), value: rest.slice(is + 1) };
}
function rowsOf(figure) {
  const { measure, by, value } = parts(figure);
  const index = measureAt[measure];
  const fits = (row) => row[col.figures].includes(index) && (by === null || dimension(row, by) === value);
  return (stored.rows ?? []).filter(fits);
}
/* Days and hours by their figures: written once, beside the figures. */
const called = new Map();
for (const row of report.sections.flatMap((section) => section.tables).flatMap((table) => table.rows)) {
  for (const cell of row.cells) {
    const text = cell.hour ?? row.text;
    if (text) called.set(cell.figure.split('@')[1], text);
  }
}
function named(figure) {
  const { measure, by, value } = parts(figure);
  const label = report.measures[measure]?.label ?? ofKey(measure);
  if (by === null) return label;
  if (value === '') return `${label}, not told`;
  return `${label}, ${by === 'outcome' ? ofKey(value) : (called.get(`${by}=${value}`) ?? value)}`;
}

/* a figure opens its rows */
function figure(cell, { name = '', className = 'fig', content = null, tag = null, tab = null } = {}) {
  const { text } = cell;
  const inside = content ?? [text];
  if (!opens || (cell.value === null && !cell.rows)) return h('span', { class: className }, inside);
  return h(
    'button',
    {
      class: className,
      type: 'button',
      tabindex: tab,
      'data-figure': cell.figure,
      'data-rows': cell.rows,
      'aria-label': name ? `${text}, ${name}` : tag,
      'aria-haspopup': 'dialog',
      on: { click: () => open(cell) },
    },
    inside,
  );
}

/* the rows, to sort and to search */
const STATES = { in_progress: 'On the line', abandoned: 'Hung up before an answer', failed: 'Could not connect' };
/* What of a row is written in words stands in its text, by this name. */
const own = (name) => (_, row) => row[col.text][name];
const plain = (text) => text;
const SHOWN = [
  ['local', 'When', own('at')],
  ['name', 'Name', plain],
  ['phone', 'Number', own('phone')],
  ['email', 'E-mail', plain],
  ['direction', 'Direction', ofKey],
  ['state', 'How far it came', (state) => STATES[state] ?? ofKey(state)],
  ['duration_s', 'Length', own('duration')],
  ['waited_s', 'Waited', own('waited')],
  ['waited_open_s', 'In business hours', own('waited_open')],
  ['outcome', 'Outcome', ofKey],
  ['sentiment', 'Sentiment', (label, row) => ofKey(label) + (row[col.sentiment_origin] === 'estimated' ? ', estimated' : '')],
  ['estimated_cents', 'Estimated', own('estimated')],
  ['actual_cents', 'Actually received', own('actual')],
  ['revenue_cents', 'Revenue as told', own('revenue')],
  ['reason', 'Reason', plain],
  ['service', 'Source', plain],
  ['rep', 'Rep', plain],
  ['campaign', 'Campaign', plain],
  ['first_touch', 'Came from', plain],
  ['last_touch', 'Came from last', plain],
  ['medium', 'Medium', plain],
  ['stage', 'Stage', ofKey],
  ['tags', 'Tags', (tags) => tags.join(', ')],
];
const NUMBERS = new Set(['duration_s', 'waited_s', 'waited_open_s', 'estimated_cents', 'actual_cents', 'revenue_cents']);
const NARROW = new Set(['local', 'phone', 'direction', 'stage', ...NUMBERS]);
const empty = (value) => value === null || value === undefined || value === '' || (Array.isArray(value) && !value.length);
const shown = (row, [key, , say]) => {
  const value = row[col[key]];
  if (empty(value)) return key === 'name' ? 'No name yet' : '';
  return say(value, row);
};
const PAGE = 100;
const dialog = h('dialog', { 'aria-labelledby': 'dialog-title' });
let state = null;

function open(cell) {
  const found = rowsOf(cell.figure).sort((a, b) => (a[col.at] < b[col.at] ? 1 : a[col.at] > b[col.at] ? -1 : 0));
  const columns = SHOWN.filter(([key]) => key === 'local' || key === 'name' || found.some((row) => !empty(row[col[key]])));
  state = { cell, found, columns, sort: 'local', up: false, words: '', most: PAGE };
  draw();
  if (!dialog.open) dialog.showModal();
  dialog.querySelector('.close').focus();
}
function matching() {
  const { found, columns, sort, up, words: asked } = state;
  const column = columns.find(([key]) => key === sort);
  const list = asked
    ? found.filter((row) => columns.some((one) => shown(row, one).toLowerCase().includes(asked)))
    : found.slice();
  const key = (row) => {
    const value = row[col[sort]];
    return NUMBERS.has(sort) || sort === 'local' ? value : shown(row, column).toLowerCase();
  };
  if (sort === 'local' && !up) return list;
  return list.sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (empty(x) || empty(y)) return empty(x) - empty(y);
    return (x < y ? -1 : x > y ? 1 : 0) * (up ? 1 : -1);
  });
}
function draw() {
  const { cell, found } = state;
  const { measure } = parts(cell.figure);
  const same = found.length === cell.rows;
  const of =
    cell.of_figure && cell.of !== undefined
      ? [' of ', figure({ value: cell.of, text: count(cell.of), unit: 'count', rows: cell.of, figure: cell.of_figure }, { name: named(cell.of_figure) })]
      : [];
  const makes = cell.unit === 'count' ? '' : ` make ${cell.text}`;
  const total = h(
    'p',
    { class: same ? 't2' : 'warn', 'data-total': found.length },
    h('span', { class: 'strong' }, many(found.length, 'row', 'rows')),
    of,
    of.length ? '' : makes,
    same ? '' : `: the figure says ${count(cell.rows)}`,
  );
  const table = h('div', { class: 'db', tabindex: 0, role: 'region', 'aria-label': 'Rows' });
  const search = h('input', {
    class: 'input',
    type: 'search',
    placeholder: 'Search these rows',
    'aria-label': 'Search these rows',
    autocomplete: 'off',
    on: {
      input: (event) => {
        state.words = event.target.value.trim().toLowerCase();
        state.most = PAGE;
        drawRows(table);
      },
    },
  });
  dialog.replaceChildren(
    h(
      'div',
      { class: 'dh' },
      h(
        'div',
        { class: 'row-x' },
        h('h2', { class: 'grow', id: 'dialog-title' }, said(named(cell.figure))),
        h('button', { class: 'btn close', type: 'button', on: { click: () => dialog.close() } }, 'Close'),
      ),
      h('p', { class: 't2 fs12' }, report.measures[measure]?.counts ?? ''),
      h('div', { class: 'row-x' }, h('div', { class: 'grow' }, total), search),
    ),
    table,
  );
  drawRows(table);
}
function drawRows(table) {
  const { columns, sort, up, most } = state;
  const list = matching();
  if (!list.length) {
    table.replaceChildren(h('p', { class: 'empty', role: 'status' }, state.words ? 'No row has these words.' : 'There are no rows.'));
    return;
  }
  const head = columns.map(([key, label]) =>
    h(
      'th',
      { scope: 'col', class: NUMBERS.has(key) && 'r', 'aria-sort': sort === key ? (up ? 'ascending' : 'descending') : null },
      h(
        'button',
        {
          type: 'button',
          on: {
            click: () => {
              state.up = sort === key ? !up : key !== 'local' && !NUMBERS.has(key);
              state.sort = key;
              drawRows(table);
              table.querySelector('th[aria-sort] button')?.focus();
            },
          },
        },
        label,
        sort === key ? (up ? ' ↑' : ' ↓') : '',
      ),
    ),
  );
  const body = list.slice(0, most).map((row) =>
    h(
      'tr',
      null,
      columns.map((column) => h('td', { class: [`k-${column[0]}`, NUMBERS.has(column[0]) && 'r', NARROW.has(column[0]) && 'nw'].filter(Boolean).join(' ') }, said(shown(row, column)))),
    ),
  );
  table.replaceChildren(
    h('table', { class: 'rows' }, h('thead', null, h('tr', null, head)), h('tbody', null, body)),
    h('p', { class: 't2 fs12 more', role: 'status' }, `${count(Math.min(most, list.length))} of ${many(list.length, 'row', 'rows')} shown`),
    list.length > most &&
      h(
        'button',
        {
          class: 'btn more',
          type: 'button',
          on: {
            click: () => {
              state.most += PAGE * 5;
              drawRows(table);
              table.focus();
            },
          },
        },
        `Show ${count(Math.min(PAGE * 5, list.length - most))} more`,
      ),
  );
}
