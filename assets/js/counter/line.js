// @ts-check
// Who comes next at this counter, in true order. The reason for a place is read on hover and on
// focus, below the list, so that nothing moves.
import { html, useSignal, useRef } from '../core/dom.js';
import { t, text, minutes, clock } from '../core/i18n.js';
import { fieldName, whyText } from '../desk/words.js';
import { secondsSince } from './visit.js';

/** A wait that calls for an eye on it. */
const LONG_S = 30 * 60;

/** @param {{desk: import('./desk.js').Desk}} props */
export function Line({ desk }) {
  const d = desk.source.data.value;
  const at = useSignal(/** @type {string | null} */ (desk.env.ui.why ?? null));
  const focus = useSignal(0);
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  /** @type {import('../desk/words.js').Row[]} */
  const rows = d.waiting;
  const shown = rows.find((r) => r.id === at.value);
  const rest = d.waiting_total - rows.length;
  const stop = Math.min(focus.value, rows.length - 1);

  /** One tab stop; arrows walk the list. @param {KeyboardEvent} e */
  function walk(e) {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -1000, End: 1000 }[e.key];
    if (!step) return;
    e.preventDefault();
    focus.value = Math.max(0, Math.min(rows.length - 1, stop + step));
    /** @type {HTMLElement | undefined} */ (list.current?.querySelectorAll('button')[focus.value])?.focus();
  }

  return html`<section class="c-line" aria-labelledby="line-h">
    <div class="c-line-top">
      <h2 id="line-h">${t('counter.waiting')}</h2>
      <span class="num">${t('counter.people', { n: d.waiting_total })}</span>
    </div>
    <ol class="c-rows" ref=${list} onKeyDown=${walk} onMouseLeave=${() => (at.value = null)} aria-describedby="line-why">
      ${rows.map((r, i) => {
        const waited = secondsSince(r.wait_since);
        return html`<li key=${r.id}>
          <button
            type="button"
            class=${`c-row ${i === 0 ? 'c-row--first' : ''}`}
            tabindex=${i === stop ? 0 : -1}
            onMouseEnter=${() => (at.value = r.id)}
            onFocus=${() => {
              at.value = r.id;
              focus.value = i;
            }}
            onBlur=${() => (at.value = null)}
            onClick=${() => desk.show({ kind: 'ticket', row: r })}
          >
            <span class="c-row-n num">${r.number}</span>
            <span class="c-row-f"><span class="c-cut">${fieldName(d, r.service)}</span>${mark(r, d.time_zone)}</span>
            <span class=${`c-row-t num ${waited >= LONG_S ? 'c-over' : ''}`}>
              ${waited >= LONG_S ? html`<span class="sr-only">${t('counter.long')}: </span>` : null}${minutes(waited)}
            </span>
            <span class="sr-only">. ${whyText(r, d.time_zone)}</span>
          </button>
        </li>`;
      })}
      ${rows.length === 0 ? html`<li class="empty">${t('counter.nobody')}</li>` : null}
      ${rest > 0 ? html`<li class="c-rest num">${t('counter.rest', { n: rest })}</li>` : null}
    </ol>
    <p class="c-why" id="line-why">
      ${shown ? html`<strong class="num">${shown.number}</strong> · ${whyText(shown, d.time_zone)}` : text(d.rule)}
    </p>
  </section>`;
}

/** What sets a row apart, in a word. @param {import('../desk/words.js').Row} r @param {string} [zone] */
export function mark(r, zone) {
  if (r.due_at) return html`<span class="chip chip--due num">${t('desk.due', { time: clock(r.due_at, zone) })}</span>`;
  if (r.priority) return html`<span class="chip chip--priority">${t('priority')}</span>`;
  if (r.returned) return html`<span class="chip">${t('desk.returned')}</span>`;
  if (r.target) return html`<span class="chip">${t('desk.kept')}</span>`;
  return null;
}
