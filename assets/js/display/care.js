// @ts-check
// Care for the screen itself: the picture wanders by a few pixels so that nothing burns in, goes
// dim when the hall is empty, and dark in the hours that the centre names. People come first: while
// a counter is open or holds somebody, the screen is as bright as ever.
import { effect, signal } from '../core/dom.js';
import { now } from '../core/time.js';
import { within } from './settings.js';

/** One step a minute, around a small square; in thousandths of the screen's width. */
const STEPS = [[0, 0], [1, 0], [2, 1], [2, 2], [1, 2], [0, 2], [-1, 1], [-1, 0]];
const STEP_MS = 60_000;

/**
 * @param {any} doc a board
 * @param {import('./settings.js').Settings} set
 * @param {number} at
 * @returns {'' | 'dim' | 'off'}
 */
export function rest(doc, set, at) {
  const zone = doc.time_zone;
  const peopled = doc.counters.some((/** @type {any} */ c) => c.state !== 'closed' || c.ticket_number);
  if (peopled) return '';
  if (set.care.off.some((s) => within(s, at, zone))) return 'off';
  if (set.care.dim.some((s) => within(s, at, zone))) return 'dim';
  if (set.care.dim.length === 0 && Array.isArray(doc.today) && !doc.today.some((/** @type {any} */ s) => within(s, at, zone))) return 'dim';
  return '';
}

/**
 * Keeps the root's data-rest and its shift; the style sheet does the rest.
 * @param {import('../core/dom.js').Signal<any>} doc
 * @param {() => import('./settings.js').Settings} settings
 * @param {boolean} still
 * @returns {import('../core/dom.js').Signal<string>} how the screen rests
 */
export function care(doc, settings, still) {
  const root = document.documentElement;
  const resting = signal('');
  effect(() => {
    const board = doc.value;
    const at = now.value;
    const set = settings();
    resting.value = board ? rest(board, set, at) : '';
    root.dataset.rest = resting.peek();
    const [x, y] = set.care.shift && !still ? STEPS[Math.floor(at / STEP_MS) % STEPS.length] : STEPS[0];
    root.style.setProperty('--shift-x', `${x / 10}vmin`);
    root.style.setProperty('--shift-y', `${y / 10}vmin`);
  });
  return resting;
}
