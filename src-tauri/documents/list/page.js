
'use strict';
(() => {
  const table = document.querySelector('table');
  const body = table.tBodies[0];
  const words = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
  const value = (row, at) => {
    const cell = row.cells[at];
    return cell.dataset.v ?? cell.textContent;
  };
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, at) => {
    head.querySelector('button').addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') === 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const rows = [...body.rows];
      if (rows.length < 2) return;
      const keys = new Map(rows.map((row) => [row, value(row, at)]));
      const numbers = head.classList.contains('n');
      rows.sort((a, b) => {
        const [x, y] = [keys.get(a), keys.get(b)];
        // What nobody told comes last, both ways.
        if (x === '' || y === '') return (x === '') - (y === '');
        const order = numbers ? Number(x) - Number(y) : words.compare(x, y);
        return down ? -order : order;
      });
      body.append(...rows);
    });
  });
})();
