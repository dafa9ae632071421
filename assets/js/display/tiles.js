// @ts-check
// One tile a counter: who is there, or why nobody is.
import { html, useSignal, useEffect } from '../core/dom.js';
import { t, text, say } from '../core/i18n.js';
import { second } from './words.js';

const MOST = 12;
const TURN_MS = 8_000;
/** Letters of a field's name that stand in one line beside how many wait. */
const LINE = 15;
/** @type {Record<string, string>} */
const STATES = { open: 'display.open', paused: 'display.paused', closed: 'display.closed_counter' };

/**
 * Columns and rows for a number of tiles: at most 4x3, 2x6 upright, 3x4 below a picture.
 * @param {number} n
 * @param {'wide' | 'upright' | 'low'} shape
 */
function grid(n, shape) {
  if (shape === 'low') return n <= 2 ? [1, Math.max(1, n)] : n <= 6 ? [2, Math.ceil(n / 2)] : [3, Math.ceil(n / 3)];
  if (shape === 'upright') return n <= 3 ? [1, Math.max(1, n)] : [2, Math.ceil(n / 2)];
  if (n <= 3) return [Math.max(1, n), 1];
  if (n === 4) return [2, 2];
  if (n <= 6) return [3, 2];
  if (n <= 8) return [4, 2];
  if (n === 9) return [3, 3];
  return [4, 3];
}

/**
 * Of more than twelve counters, those with people or open ones; still too many take turns.
 * @param {any[]} counters
 */
function busy(counters) {
  if (counters.length <= MOST) return counters;
  const awake = counters.filter((c) => c.state !== 'closed' || c.ticket_number);
  if (awake.length <= MOST) return awake;
  const held = awake.filter((c) => c.ticket_number);
  return held.length >= MOST ? held : awake;
}

/** @param {{doc: any, shown: import('./calls.js').Shown | null, stale: boolean, still: boolean, shape?: 'wide' | 'upright' | 'low'}} props */
export function Tiles({ doc, shown, stale, still, shape = 'wide' }) {
  const counters = busy(doc.counters);
  const pages = Math.max(1, Math.ceil(counters.length / MOST));
  const page = useSignal(0);
  useEffect(() => {
    if (pages === 1 || still) return;
    const turning = setInterval(() => (page.value = page.peek() + 1), TURN_MS);
    return () => clearInterval(turning);
  }, [pages, still]);
  // A call brings the page its counter is on.
  const at = shown ? counters.findIndex((c) => c.number === shown.call.counter) : -1;
  useEffect(() => {
    if (at >= 0) page.value = Math.floor(at / MOST);
  }, [shown?.call.call]);
  const now = page.value % pages;
  // Pages of like size, so that the tiles do not change theirs at each turn.
  const size = Math.ceil(counters.length / pages);
  const from = pages === 1 ? 0 : Math.min(now * MOST, Math.max(0, counters.length - MOST));
  const some = pages === 1 ? counters : counters.slice(from, from + MOST);
  const [columns, rows] = grid(pages === 1 ? size : MOST, shape);
  if (counters.length === 0) return null;
  return html`
    <ol class="tiles" data-columns=${columns} data-rows=${rows} aria-label=${t('display.counters')}>
      ${some.map((c) => html`<${Tile} key=${c.number} c=${c} doc=${doc} shown=${shown} stale=${stale} />`)}
    </ol>
    ${pages > 1 && html`<p class="turns" aria-hidden="true">${[...Array(pages).keys()].map((n) => html`<span class=${n === now ? 'turns__now' : ''}></span>`)}</p>`}
  `;
}

/** @param {{c: any, doc: any, shown: import('./calls.js').Shown | null, stale: boolean}} props */
function Tile({ c, doc, shown, stale }) {
  const called = c.ticket_state === 'called';
  const newest = called && shown?.call.number === c.ticket_number && shown?.call.counter === c.number;
  const ids = c.ticket_number && c.service ? [c.service] : (c.services ?? []);
  const fields = ids.map((/** @type {string} */ id) => doc.services.find((/** @type {any} */ s) => s.id === id)).filter(Boolean);
  const waiting = fields.reduce((/** @type {number} */ n, /** @type {any} */ s) => n + s.waiting, 0);
  const names = c.name && !c.ticket_number ? text(c.name) : fields.map((/** @type {any} */ s) => text(s.name)).join(', ');
  const kind = newest ? (stale ? 'tile--was' : 'tile--call') : c.ticket_number ? '' : 'tile--idle';
  return html`
    <li class=${`tile ${kind}`} data-counter=${c.number} data-number=${c.ticket_number ?? ''} data-state=${c.state}>
      <span class="tile__counter num"><span class="sr-only">${t('counter')} </span>${c.number}</span>
      <span class="tile__body">
        ${c.ticket_number
          ? html`<span class="tile__number" data-length=${c.ticket_number.length}>${c.ticket_number}</span>`
          : html`<span class="tile__state">${t(STATES[c.state])} <span class="second" lang=${second()}>${say(second(), STATES[c.state])}</span></span>`}
        <span class=${`tile__foot ${names.length > LINE ? 'tile__foot--long' : ''}`}>
          <span class="tile__field">${names}</span>
          ${note(c, called, waiting, stale)}
        </span>
      </span>
    </li>
  `;
}

/**
 * @param {any} c
 * @param {boolean} called
 * @param {number} waiting
 * @param {boolean} stale
 */
function note(c, called, waiting, stale) {
  if (called && !stale && c.priority) {
    return html`<b class="tile__note tile__note--call tile__note--both"><span>${t('priority')}</span> <span>${t('display.go')} ▸</span></b>`;
  }
  if (called && !stale) return html`<b class="tile__note tile__note--call">${t('display.go')} ▸</b>`;
  if (c.priority) return html`<b class="tile__note">${t('priority')}</b>`;
  if (c.state === 'closed') return null;
  return html`<b class="tile__note num">${t('display.waiting', { n: waiting })}</b>`;
}
