'use strict';
(() => {
  const PAGE_ROWS = 50;     // as many as stand in the page without script
  const PRINT_ROWS = 500;
  const at = (id) => document.getElementById(id);
  const make = (tag, style, text) => {
    const element = document.createElement(tag);
    if (style) element.className = style;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const grouped = (number) => number.toLocaleString('en-US');

  for (const command of document.querySelectorAll('.command')) {
    const button = make('button', '', 'Copy');
    button.type = 'button';
    button.addEventListener('click', async () => {
      const code = command.querySelector('code');
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = 'Copied';
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = 'Selected';
      }
      setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    });
    command.append(button);
  }

  const source = at('data');
  if (!source) return;
  const data = JSON.parse(source.textContent);
  source.textContent = '';  // once is enough in memory
  const rows = data.rows;
  const place = Object.fromEntries(data.columns.map((name, index) => [name, index]));

  const utc = (ms) => new Date(data.start + ms).toISOString();
  const firstDay = utc(0).slice(0, 10);
  const clock = (ms) => {
    if (ms === null) return '';
    const text = utc(ms);
    return (text.slice(0, 10) === firstDay ? '' : text.slice(5, 10) + ' ') + text.slice(11, 23);
  };
  const full = (value) => (typeof value === 'number' ? data.texts[value] : value);
  const said = (row) => {
    let text = full(row[place.message]);
    if (row[place.http] !== 0) text += (text === '' ? '' : ' · ') + 'HTTP ' + row[place.http];
    if (row[place.request] !== '') text += ' · X-Request-Id ' + row[place.request];
    return text;
  };
  const shown = {
    status: (row) => data.statuses[row[place.status]],
    reason: (row) => data.reasons[row[place.reason]],
    message: said,
    attempts: (row) => String(row[place.attempts]),
    sent: (row) => clock(row[place.sent]),
    finished: (row) => clock(row[place.finished]),
    row: (row) => data.sources[row[place.source]] + ':' + row[place.line],
  };
  const text = (key, row) => (shown[key] ? shown[key](row) : full(row[place[key]]));
  const numeric = new Set(['attempts', 'sent', 'finished']);

  const heads = [...document.querySelectorAll('#table thead th')];
  const keys = heads.map((head) => head.dataset.column);
  const words = [];  // of each row, made when they are first searched for
  const wordsOf = (number) => {
    words[number] ??= keys.map((key) => text(key, rows[number])).join('\n').toLowerCase();
    return words[number];
  };

  const inOrder = Uint32Array.from(rows, (_, number) => number);
  const body = document.querySelector('#table tbody');
  const search = at('search');
  let order = inOrder;   // all rows as they are sorted
  let found = inOrder;   // of them, those that are searched for
  let sorted = { key: '', up: true };
  let page = 0;

  const cell = (key, row) => {
    const td = make('td', 'c-' + key);
    if (key === 'status') {
      td.append(make('span', 'tag s-' + shown.status(row), shown.status(row)));
    } else {
      td.textContent = text(key, row);
    }
    if (key === 'reason') td.title = data.causes[row[place.reason]];
    if ((key === 'sent' || key === 'finished') && row[place[key]] !== null) td.title = utc(row[place[key]]);
    return td;
  };
  const fill = (from, until) => {
    const part = document.createDocumentFragment();
    for (const number of found.slice(from, until)) {
      const tr = document.createElement('tr');
      for (const key of keys) tr.append(cell(key, rows[number]));
      part.append(tr);
    }
    body.replaceChildren(part);
  };

  const pages = () => Math.max(1, Math.ceil(found.length / PAGE_ROWS));
  const turn = (to) => {
    page = Math.min(Math.max(to, 0), pages() - 1);
    fill(page * PAGE_ROWS, (page + 1) * PAGE_ROWS);
    const first = found.length === 0 ? 0 : page * PAGE_ROWS + 1;
    at('place').textContent = `${grouped(first)} to ${grouped(Math.min((page + 1) * PAGE_ROWS, found.length))}`
      + ` of ${grouped(found.length)}`;
    at('first').disabled = at('previous').disabled = page === 0;
    at('last').disabled = at('next-page').disabled = page >= pages() - 1;
    at('pager').hidden = found.length <= PAGE_ROWS;
  };
  const tell = () => {
    at('found').textContent = found.length === rows.length
      ? `${grouped(rows.length)} row${rows.length === 1 ? '' : 's'}`
      : `${grouped(found.length)} of ${grouped(rows.length)} rows`;
  };
  const filter = () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = wanted.length === 0 ? order
      : order.filter((number) => wanted.every((word) => wordsOf(number).includes(word)));
    turn(0);
    tell();
  };

  const sort = (key) => {
    sorted = { key, up: sorted.key === key ? !sorted.up : true };
    const valueOf = key === 'row'
      ? (row) => row[place.source] * 2 ** 40 + row[place.line]
      : numeric.has(key) ? (row) => row[place[key]] ?? Infinity
        : (row) => text(key, row).toLowerCase();
    const values = rows.map(valueOf);
    const side = sorted.up ? 1 : -1;
    // What is equal stays in the order of the input.
    order = inOrder.slice().sort((a, b) =>
      values[a] < values[b] ? -side : values[a] > values[b] ? side : a - b);
    for (const head of heads) {
      if (head.dataset.column === key) head.setAttribute('aria-sort', sorted.up ? 'ascending' : 'descending');
      else head.removeAttribute('aria-sort');
    }
    filter();
  };

  for (const head of heads) {
    const button = make('button', '', head.textContent);
    button.type = 'button';
    button.addEventListener('click', () => sort(head.dataset.column));
    head.replaceChildren(button);
  }
  for (const [id, to] of [['first', () => 0], ['previous', () => page - 1], ['next-page', () => page + 1],
                          ['last', () => pages() - 1]]) {
    at(id).addEventListener('click', () => turn(to()));
  }

  let waiting = 0;
  search.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 60);
  });
  search.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || search.value === '') return;
    event.preventDefault();
    search.value = '';
    filter();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    search.focus();
    search.scrollIntoView({ block: 'nearest' });
  });

  addEventListener('beforeprint', () => {
    fill(0, PRINT_ROWS);
    at('printed').textContent = found.length > PRINT_ROWS
      ? `Printed: the first ${grouped(PRINT_ROWS)} of ${grouped(found.length)} rows.` : '';
  });
  addEventListener('afterprint', () => {
    at('printed').textContent = '';
    turn(page);
  });

  at('controls').hidden = false;
  turn(0);
  tell();
})();
