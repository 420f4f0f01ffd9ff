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

/* words, as in every other shape */
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const whole = (n) => (n < 0 ? -Math.round(-n) : Math.round(n));
const count = (n) => (n < 0 ? '−' : '') + String(Math.abs(whole(n))).replace(/\B(?=(\d{3})+$)/g, ',');
function money(cents) {
  const parts = page.places ? 1 : 100;
  const all = Math.round(Math.abs(whole(cents)) / parts) * parts;
  const rest = all % 100;
  const text = count(Math.floor(all / 100)) + (rest ? '.' + String(rest).padStart(2, '0') : '');
  return (cents < 0 && all ? '−' : '') + page.symbol + text;
}
function percent(value) {
  const tenths = whole(value * 10) / 10;
  const odd = Math.abs(tenths) < 10 && Math.abs(tenths % 1) > 0.04;
  return (odd ? tenths.toFixed(1) : String(whole(value))) + '%';
}
function lasting(value) {
  const seconds = Math.max(0, Math.floor(value));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(seconds / 3600);
  if (seconds < 60) return `${seconds} s`;
  if (minutes < 60) return `${minutes} min`;
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 && days < 7 ? `${plural(days, 'day')} ${hours % 24} h` : daysLasting(days);
}
function plural(n, word) {
  return `${count(n)} ${word}${n === 1 ? '' : 's'}`;
}
/** As in `words.rs`: a year has 365¼ days. */
function daysLasting(days) {
  if (days <= 365.25) return plural(days, 'day');
  const years = Math.floor(days / 365.25);
  const months = Math.min(11, Math.floor((days - years * 365.25) / 30.44));
  return plural(years, 'year') + (months ? ` ${plural(months, 'month')}` : '');
}
function clock(seconds) {
  const two = (n) => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
function words(value, unit) {
  if (value === null || value === undefined) return '–';
  if (unit === 'cents') return money(value);
  if (unit === 'seconds') return lasting(value);
  return unit === 'percent' ? percent(value) : count(value);
}
const ofKey = (key) => {
  const text = String(key).replace(/[_-]/g, ' ').trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
};
const day = (text) => `${Number(text.slice(8, 10))} ${MONTHS[Number(text.slice(5, 7)) - 1]} ${text.slice(0, 4)}`;
const moment = (local) => `${day(local)}, ${local.slice(11, 16)}`;
const phone = (number) => number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '($1) $2-$3');
const many = (n, one, more) => `${count(n)} ${n === 1 ? one : more}`;
function change(cell, good) {
  if (cell.was === null || cell.was === undefined) return null;
  const was = words(cell.was, cell.unit);
  if (cell.value === null) return { text: '', was, better: null };
  const by = cell.value - cell.was;
  let size;
  if (cell.unit === 'count') {
    size = Math.abs(cell.was) >= 100 ? percent(Math.abs((by / cell.was) * 100)) : count(Math.abs(by));
  } else if (cell.unit === 'cents') {
    size = cell.was ? percent(Math.abs((by / cell.was) * 100)) : money(Math.abs(by));
  } else if (cell.unit === 'seconds') size = lasting(Math.abs(by));
  else {
    const points = percent(Math.abs(by)).replace('%', '');
    size = `${points} ${points === '1' ? 'pt' : 'pts'}`;
  }
  if (!/[1-9]/.test(size)) return { text: 'no change', was, better: null };
  const better = good === 'up' ? by > 0 : good === 'down' ? by < 0 : null;
  return { text: (by < 0 ? '−' : '+') + size, was, better };
}

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
const WEEKDAYS = ['', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
/* `1T14`: Monday, 14:00 to 15:00 */
function hourOfWeek(value) {
  const two = (hour) => String(hour).padStart(2, '0');
  const hour = Number(value.slice(2));
  return `${WEEKDAYS[Number(value[0])]}, ${two(hour)}:00 to ${two(hour + 1)}:00`;
}
function named(figure) {
  const { measure, by, value } = parts(figure);
  const label = report.measures[measure]?.label ?? ofKey(measure);
  if (by === null) return label;
  if (by === 'hour') return `${label}, ${hourOfWeek(value)}`;
  if (by === 'day') return `${label}, ${day(value)}`;
  if (value === '') return `${label}, not told`;
  return `${label}, ${by === 'outcome' ? ofKey(value) : value}`;
}

/* a figure opens its rows */
function figure(cell, { name = '', className = 'fig', content = null, tag = null, tab = null } = {}) {
  const text = words(cell.value, cell.unit);
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
const cents = (value) => money(value);
const SHOWN = [
  ['local', 'When', moment],
  ['name', 'Name', (name) => name],
  ['phone', 'Number', phone],
  ['email', 'E-mail', (mail) => mail],
  ['direction', 'Direction', ofKey],
  ['state', 'How far it came', (state) => STATES[state] ?? ofKey(state)],
  ['duration_s', 'Length', clock],
  ['waited_s', 'Waited', lasting],
  ['waited_open_s', 'In business hours', lasting],
  ['outcome', 'Outcome', ofKey],
  ['sentiment', 'Sentiment', (label, row) => ofKey(label) + (row[col.sentiment_origin] === 'estimated' ? ', estimated' : '')],
  ['estimated_cents', 'Estimated', cents],
  ['actual_cents', 'Actually received', cents],
  ['revenue_cents', 'Revenue as told', cents],
  ['reason', 'Reason', (text) => text],
  ['service', 'Source', (text) => text],
  ['rep', 'Rep', (text) => text],
  ['campaign', 'Campaign', (text) => text],
  ['first_touch', 'Came from', (text) => text],
  ['last_touch', 'Came from last', (text) => text],
  ['medium', 'Medium', (text) => text],
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
      ? [' of ', figure({ value: cell.of, unit: 'count', rows: cell.of, figure: cell.of_figure }, { name: named(cell.of_figure) })]
      : [];
  const makes = cell.unit === 'count' ? '' : ` make ${words(cell.value, cell.unit)}`;
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
