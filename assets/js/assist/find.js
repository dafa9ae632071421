// @ts-check
// Finding a lost slip by what the person remembers: the field, about when, a part of the number.
import { html, useSignal, useEffect } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { t, text, clock, minutes } from '../core/i18n.js';
import { now } from '../core/time.js';
import { fieldName, stateName } from '../desk/words.js';

/** @typedef {import('./helper.js').Helper} Helper */

/** @param {{helper: Helper}} props */
export function Find({ helper }) {
  const d = helper.source.data.value;
  const field = useSignal('');
  const number = useSignal('');
  const from = useSignal('');
  const to = useSignal('');
  const found = useSignal(/** @type {any[] | null} */ (null));
  const asked = field.value || number.value || from.value || to.value;

  // The newest fifty are at hand; anything narrower is asked of the server, once the typing rests.
  useEffect(() => {
    if (!asked) {
      found.value = null;
      return;
    }
    let gone = false;
    const timer = setTimeout(async () => {
      const list = await helper.find({ service: field.value, number: number.value.trim().toUpperCase(), from: from.value, to: to.value });
      if (!gone && list) found.value = list;
    }, 250);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [field.value, number.value, from.value, to.value, helper.changes.value]);

  const rows = found.value ?? d.recent;
  return html`<section aria-labelledby="find-h">
    <h2 id="find-h">${t('assist.find')}</h2>
    <div class="a-filter">
      <div class="field a-wide">
        <label for="f-field">${t('desk.field')}</label>
        <select class="input" id="f-field" onChange=${(/** @type {any} */ e) => (field.value = e.target.value)}>
          <option value="">${t('assist.anyfield')}</option>
          ${d.services.map((/** @type {any} */ s) => html`<option value=${s.id}>${text(s.name)}</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="f-from">${t('assist.from')}</label>
        <${Hours} id="f-from" at=${from} />
      </div>
      <div class="field">
        <label for="f-to">${t('assist.to')}</label>
        <${Hours} id="f-to" at=${to} />
      </div>
      <div class="field a-wide">
        <label for="f-number">${t('assist.number')}</label>
        <input class="input" id="f-number" autocomplete="off" autocapitalize="characters" onInput=${(/** @type {any} */ e) => (number.value = e.target.value)} />
      </div>
    </div>
    <h3>${found.value ? t('assist.found', { n: rows.length }) : t('assist.recent')}</h3>
    <ul class="a-list">
      ${rows.map((/** @type {any} */ r) => html`<li key=${r.id}><${Row} helper=${helper} row=${r} /></li>`)}
      ${rows.length === 0 ? html`<li class="empty">${asked ? t('assist.nothing') : t('assist.none')}</li>` : null}
    </ul>
  </section>`;
}

/** An hour to choose with the thumb. A native field would write it as the phone's own language does,
 * with morning and afternoon. @param {{id: string, at: {value: string}}} props */
function Hours({ id, at }) {
  return html`<select class="input num" id=${id} onChange=${(/** @type {any} */ e) => (at.value = e.target.value)}>
    <option value="">${t('assist.anytime')}</option>
    ${halfHours.map((h) => html`<option value=${h}>${h}</option>`)}
  </select>`;
}
const halfHours = Array.from({ length: 48 }, (_, i) => `${String(i >> 1).padStart(2, '0')}:${i % 2 ? '30' : '00'}`);

/** @param {{helper: Helper, row: any}} props */
function Row({ helper, row: r }) {
  const d = helper.source.data.value;
  return html`<button type="button" class="a-row" onClick=${() => helper.open(r)}>
    <strong class="num">${r.number}</strong>
    <span class="a-what"><span class="a-cut">${fieldName(d, r.service)}</span><small class="num">${t('assist.taken', { time: clock(r.issued_at, d.time_zone) })}</small></span>
    <span class="a-tags">${r.priority ? html`<span class="chip chip--priority">${t('priority')}</span>` : null}<span class=${`chip a-st a-st--${r.state}`}>${stateName(r.state)}</span></span>
    ${icon('chevron-right')}
  </button>`;
}

/** Those who missed their call and may still come back. @param {{helper: Helper}} props */
export function Missed({ helper }) {
  const d = helper.source.data.value;
  return html`<section aria-labelledby="missed-h">
    <h2 id="missed-h">${t('assist.missed')}</h2>
    <p class="muted">${t('assist.missed.say')}</p>
    <ul class="a-list">
      ${d.missed.map(
        (/** @type {any} */ r) => html`<li key=${r.id} class="a-missed">
          <strong class="num">${r.number}</strong>
          <span class="a-what"><span class="a-cut">${fieldName(d, r.service)}</span>
            <small class="num">${r.return_by ? t('assist.left', { time: minutes((Date.parse(r.return_by) - now.value) / 1000) }) : ''}</small></span>
          <button type="button" class="btn btn--soft" disabled=${helper.blocked()} onClick=${() => helper.change(r.id, 'return', {})}>${t('desk.isback')}<span class="sr-only"> ${r.number}</span></button>
        </li>`,
      )}
      ${d.missed.length === 0 ? html`<li class="empty">${t('assist.missed.none')}</li>` : null}
    </ul>
  </section>`;
}
