// @ts-check
// A scanner that plugs in as a keyboard types what it reads faster than any hand, and ends with
// Enter or with what the centre configured.
//
// Promises: a scan is told from typing by its pace; what it types presses no button and fills no
// field; it is read by the place of the keys, not by the letters that the system makes of them, so
// that a Vietnamese input method (Telex turns "dd" into "đ") or Caps Lock changes nothing. What was
// scanned is handed on once and forgotten here.
import { isCard } from './card.js';

/** Between two keys of one scan at most; slow hands need longer. */
const GAP_MS = 120;
/** And on the average. */
const PACE_MS = 60;
/** Shorter than this is no code. */
const LEAST = 4;
/** Longer than any code that this machine understands. */
const MOST = 1024;

/** Keys that are neither letters nor digits: without and with shift, as on the layout scanners use. */
const KEYS = /** @type {Record<string, string>} */ ({
  Minus: '-_', Equal: '=+', BracketLeft: '[{', BracketRight: ']}', Backslash: '\\|', Semicolon: ';:', Quote: '\'"',
  Backquote: '`~', Comma: ',<', Period: '.>', Slash: '/?', Space: '  ', IntlBackslash: '\\|',
  NumpadDivide: '//', NumpadMultiply: '**', NumpadSubtract: '--', NumpadAdd: '++', NumpadDecimal: '..',
});
const DIGITS = ')!@#$%^&*(';

/**
 * What a key types, by its place on the keyboard.
 * @param {{code: string, key: string, shiftKey: boolean}} ev
 * @returns {string} "" for a key that types nothing
 */
export function typed(ev) {
  const { code, shiftKey } = ev;
  if (/^Key[A-Z]$/.test(code)) return shiftKey ? code[3] : code[3].toLowerCase();
  if (/^Digit\d$/.test(code)) return shiftKey ? DIGITS[Number(code[5])] : code[5];
  if (/^Numpad\d$/.test(code)) return code[6];
  if (code in KEYS) return KEYS[code][shiftKey ? 1 : 0];
  if (code === 'Enter' || code === 'NumpadEnter') return '\n';
  if (code === 'Tab') return '\t';
  // A scanner that types through the system without naming keys.
  return code === '' && [...ev.key].length === 1 ? ev.key : '';
}

/**
 * @typedef {object} Wedge
 * @property {() => {prefix: string, suffix: string}} frame what the scanners put around a code
 * @property {(code: string) => void} scanned
 * @property {(char: string) => void} wrote a key that a hand pressed, when no scan follows it
 */

/**
 * Listens on the whole page.
 * @param {Window} where
 * @param {Wedge} wedge
 */
export function listen(where, { frame, scanned, wrote }) {
  let held = '';
  let first = 0;
  let last = 0;
  /** @type {any} */
  let timer = 0;

  function clear() {
    held = '';
    clearTimeout(timer);
  }

  /** No key came for a while: a code whose end is silence, or a hand. */
  function pause() {
    const text = held;
    const fast = quick(text.length);
    clear();
    if (!fast) for (const c of text) wrote(c);
    else if (whole(text, true)) scanned(unframed(text));
  }

  /** @param {number} n */
  function quick(n) {
    return n >= LEAST && (last - first) / (n - 1) <= PACE_MS;
  }

  /**
   * @param {string} text
   * @param {boolean} silence it ended by silence
   */
  function whole(text, silence) {
    const { prefix, suffix } = frame();
    if (prefix && !text.startsWith(prefix)) return false;
    if (suffix) return text.endsWith(suffix);
    return !silence || isCard(text);
  }

  /** @param {string} text */
  function unframed(text) {
    const { prefix, suffix } = frame();
    let code = prefix && text.startsWith(prefix) ? text.slice(prefix.length) : text;
    if (suffix && code.endsWith(suffix)) code = code.slice(0, -suffix.length);
    return code.trim();
  }

  /** @param {KeyboardEvent} ev */
  function down(ev) {
    // With Alt the digits spell a letter that the keyboard lacks, such as those of a name: no need.
    if (ev.ctrlKey || ev.altKey || ev.metaKey) {
      if (held.length > 1) ev.preventDefault();
      return;
    }
    if (ev.code === 'Backspace' && held === '') return wrote('\b');
    const char = typed(ev);
    if (char === '') return;
    const at = ev.timeStamp;
    if (held && at - last > GAP_MS) pause();
    const ends = char === '\n' || char === '\t';
    const { suffix } = frame();
    if (held === '' && ends) return; // a hand presses a button by Enter
    if (held === '') first = at;
    held = (held + char).slice(0, MOST);
    last = at;
    const long = held.length > 2 && (last - first) / (held.length - 1) <= PACE_MS;
    if (long) swallow(ev);
    const done = suffix ? held.endsWith(suffix) : ends;
    if (done && quick(held.length) && whole(held, false)) {
      swallow(ev);
      const code = unframed(held);
      clear();
      scanned(code);
      return;
    }
    if (ends && !suffix) return clear();
    clearTimeout(timer);
    timer = setTimeout(pause, GAP_MS + 30);
  }

  // A space presses the focused button when it is let go.
  /** @param {KeyboardEvent} ev */
  function up(ev) {
    if (held.length > 2) swallow(ev);
  }

  where.addEventListener('keydown', down, { capture: true });
  where.addEventListener('keyup', up, { capture: true });
}

/** @param {Event} ev */
function swallow(ev) {
  ev.preventDefault();
  ev.stopPropagation();
}

/**
 * What a code is.
 * @param {string} code
 * @returns {{kind: 'ticket', id: string} | {kind: 'card'} | {kind: 'dossier', reference: string} | {kind: 'unknown'}}
 */
export function understand(code) {
  if (isCard(code)) return { kind: 'card' };
  const ticket = /^https?:\/\/[^/]+\/t\/([0-9a-z]{16})$/i.exec(code);
  if (ticket) return { kind: 'ticket', id: ticket[1].toUpperCase() };
  // A link to somewhere else is no dossier, and neither is anything with strokes: it might be of a person.
  if (/:\/\//.test(code) || code.includes('|')) return { kind: 'unknown' };
  if (/^[\x21-\x7e]{4,64}$/.test(code) && /\d/.test(code)) return { kind: 'dossier', reference: code };
  return { kind: 'unknown' };
}
