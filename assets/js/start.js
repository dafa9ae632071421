// @ts-check
// The start page works without this; with it the list is searched and its numbers stay fresh.
import { filter } from './desk/find.js';
import { get } from './core/api.js';

const EVERY_MS = 4_000;
const list = /** @type {HTMLElement} */ (document.getElementById('centers'));
const rows = () => /** @type {HTMLElement[]} */ ([...list.children]);

const none = document.getElementById('none');
filter(/** @type {HTMLInputElement} */ (document.getElementById('find')), rows, (shown) => {
  if (none) none.hidden = shown > 0 || rows().length === 0;
});
const chosen = list.querySelector('[aria-current]')?.closest('li');
if (chosen) list.scrollTop = chosen.offsetTop - list.offsetTop - list.clientHeight / 3; // the page itself stays where it is

const fields = ['waiting', 'open_counters', 'issued'];

async function refresh() {
  if (document.hidden) return;
  const centers = await get('/api/v1/centers').catch(() => null);
  if (!centers) return; // the next round tries again
  /** @type {Record<string, number>} */
  const sums = {};
  for (const c of centers) {
    const row = list.querySelector(`[data-id="${CSS.escape(c.id)}"]`);
    for (const f of fields) {
      sums[f] = (sums[f] ?? 0) + c[f];
      put(row?.querySelector(`[data-n="${f}"]`), c[f]);
    }
  }
  for (const f of fields) put(document.querySelector(`[data-sum="${f}"]`), sums[f] ?? 0);
}

/** @param {Element | null | undefined} el @param {number} n */
function put(el, n) {
  if (el && el.textContent !== String(n)) el.textContent = String(n);
}

if ('live' in document.body.dataset) {
  setInterval(refresh, EVERY_MS);
  document.addEventListener('visibilitychange', refresh);
}

// On a phone the chosen centre stands below the list.
if (matchMedia('(max-width: 56rem)').matches && new URLSearchParams(location.search).has('center')) {
  document.querySelector('.s-center')?.scrollIntoView();
}
