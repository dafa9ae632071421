// @ts-check
// Slips of a kiosk that is cut off: which one it is and since when, how one of its slips is served
// before the server knows it, and which slips no line has taken.
import { html, signal, useSignal } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { t, text, clock, has } from '../core/i18n.js';
import { Dialog } from '../desk/dialog.js';
import { fieldName } from '../desk/words.js';

/** @typedef {import('./desk.js').Desk} Desk */

/** How many refused slips this browser was told to hide; more make the band come back. */
const hidden = signal(0);
const SHOWN = 6;

/**
 * What was scanned or typed: the code of a slip holds the address of its page, with the ticket's id
 * and, where it fits, the printed number.
 * @param {string} input
 * @returns {{ticket: string, number?: string}}
 */
export function readSlip(input) {
  const s = input.trim().toUpperCase();
  const m = /\/T\/([0-9A-Z]{16})(?:\/([A-Z]{2,3}\d{3,6}))?(?:[?#].*)?$/.exec(s);
  if (!m) return { ticket: s.replace(/\s+/g, '') };
  return m[2] ? { ticket: m[1], number: m[2] } : { ticket: m[1] };
}

/** Kiosks of which nothing is heard. @param {any} d */
export function cutOff(d) {
  return (d.alerts ?? []).filter((/** @type {any} */ a) => a.kind === 'silent' && a.role === 'kiosk');
}

/** @param {{desk: Desk}} props */
export function SlipBands({ desk }) {
  const d = desk.source.data.value;
  const cut = cutOff(d);
  /** @type {any[]} */
  const refused = d.refused ?? [];
  const rest = refused.length - SHOWN;
  return html`
    ${cut.length
      ? html`<div class="band c-slips" role="status">
          ${icon('wifi-off')}
          <span>
            ${cut.map((/** @type {any} */ a, /** @type {number} */ i) => html`${i ? ' ' : ''}${t('counter.cutoff', { place: a.place || a.device, time: clock(a.since, d.time_zone) })}`)}
            ${` ${t('counter.cutoff.say')}`}
          </span>
          <button type="button" class="btn btn--s" disabled=${desk.blocked() || d.state !== 'open' || !!d.ticket} onClick=${() => desk.show({ kind: 'slip' })}>${t('counter.slip')}</button>
        </div>`
      : null}
    ${refused.length > hidden.value
      ? html`<div class="band band--warn c-slips" role="status">
          ${icon('triangle-alert')}
          <span>
            ${t('counter.refused', { n: refused.length })}${refused.slice(0, SHOWN).map(
              (/** @type {any} */ r, /** @type {number} */ i) => html`${i ? ', ' : ' '}<strong class="num">${r.number}</strong> (${fieldName(d, r.service)}${has(`counter.refused.${r.code}`) ? `, ${t(`counter.refused.${r.code}`)}` : ''})`,
            )}${rest > 0 ? ` ${t('counter.refused.rest', { n: rest })}` : ''}. ${t('counter.refused.say')}
          </span>
          <button type="button" class="btn btn--s" onClick=${() => (hidden.value = refused.length)}>${t('counter.refused.hide')}</button>
        </div>`
      : null}
  `;
}

/** Serves a slip that may not be known yet. @param {{desk: Desk, close: () => void}} props */
export function Slip({ desk, close }) {
  const d = desk.source.data.value;
  const code = useSignal('');
  const number = useSignal('');
  const service = useSignal('');
  const read = readSlip(code.value);
  const bare = /^[0-9A-Z]{16}$/.test(read.ticket) && !read.number; // a code without the number
  /** @param {Event} e */
  function go(e) {
    e.preventDefault();
    if (!read.ticket) return;
    const printed = bare ? number.value.trim().toUpperCase().replace(/\s+/g, '') : read.number;
    void desk.slip({ ticket: read.ticket, ...(printed ? { number: printed } : {}), ...(service.value ? { service: service.value } : {}) });
  }
  const said = desk.toast.value;
  return html`<${Dialog} title=${t('counter.slip')} onClose=${close}>
    <form class="stack" onSubmit=${go}>
      <div class="field">
        <label for="slip">${t('counter.slip.code')}</label>
        <input class="input c-big num" id="slip" data-first required autocomplete="off" autocapitalize="characters" maxlength="120" onInput=${(/** @type {any} */ e) => (code.value = e.target.value)} />
        ${read.number ? html`<p class="muted" role="status">${t('counter.slip.read', { number: read.number })}</p>` : null}
      </div>
      ${bare
        ? html`<div class="field">
            <label for="printed">${t('counter.slip.number')}</label>
            <input class="input c-big num" id="printed" required autocomplete="off" autocapitalize="characters" maxlength="12" onInput=${(/** @type {any} */ e) => (number.value = e.target.value)} />
          </div>`
        : null}
      <div class="field">
        <label for="slip-field">${t('desk.field')}</label>
        <select class="input" id="slip-field" onChange=${(/** @type {any} */ e) => (service.value = e.target.value)}>
          <option value="" selected>${t('counter.slip.byletter')}</option>
          ${d.services.map((/** @type {any} */ s) => html`<option value=${s.id}>${s.prefix} · ${text(s.name)}</option>`)}
        </select>
      </div>
      <p class="muted">${t('counter.slip.say')}</p>
      ${said?.bad ? html`<p class="note note--bad" role="alert">${said.say}</p>` : null}
      <button class="btn btn--primary" disabled=${desk.blocked()}>${t('counter.do.number.this')}</button>
    </form>
  <//>`;
}
