// @ts-check
// What kiosks left behind: lanes that nobody may use and whose slips may still be about, and slips
// that no line took.
import { html, useSignal } from '../core/dom.js';
import { t, text, clock, has } from '../core/i18n.js';
import { icon } from '../core/icons.js';

/** @param {{fleet: import('./state.js').Fleet, doc: any}} props */
export function Left({ fleet, doc }) {
  /** @type {any[]} */
  const lanes = doc.lanes ?? [];
  /** @type {any[]} */
  const refused = doc.refused ?? [];
  if (!lanes.length && !refused.length) return null;
  return html`<div class="desk-left">
    ${lanes.length > 0 &&
    html`<section aria-labelledby="lanes">
      <h2 id="lanes">${t('fleet.lanes')}</h2>
      <p class="muted">${t('fleet.lanes.say')}</p>
      <ul class="desk-lanes">
        ${lanes.map((l) => html`<${Lane} key=${l.device} fleet=${fleet} lane=${l} />`)}
      </ul>
    </section>`}
    ${refused.length > 0 &&
    html`<section aria-labelledby="refused">
      <h2 id="refused">${t('fleet.refused')}</h2>
      <p class="muted">${t('fleet.refused.say')}</p>
      <ul class="desk-lanes">
        ${refused.map(
          (r) => html`<li key=${`${r.id}/${r.number}`}>
            <b class="num">${r.number}</b>
            <span class="grow">${field(doc, r.service)}<small>${why(r.code)}</small></span>
            <span class="since">${clock(r.issued_at ?? r.at, doc.time_zone)}</span>
          </li>`,
        )}
      </ul>
    </section>`}
  </div>`;
}

/** @param {any} doc @param {string} id */
const field = (doc, id) => text(doc.services.find((/** @type {any} */ s) => s.id === id)?.name) || id;

/** @param {string} code */
const why = (code) => t(has(`fleet.refused.${code}`) ? `fleet.refused.${code}` : 'fleet.refused.invalid');

/** @param {{fleet: import('./state.js').Fleet, lane: any}} props */
function Lane({ fleet, lane }) {
  const sure = useSignal(fleet.env.ui.sure === lane.device);
  return html`<li>
    <b class="num">${lane.letter}</b>
    <span class="grow">
      ${lane.place || lane.device}
      ${sure.value
        ? html`<small role="alert">${t('fleet.lanes.warn', { lane: lane.letter })}</small>`
        : html`<small>${t('fleet.lanes.gone')}</small>`}
    </span>
    ${sure.value
      ? html`<button type="button" class="btn btn--s btn--danger" onClick=${() => fleet.writeOff(lane.device)}>${icon('ban')} ${t('fleet.lanes.free.sure', { lane: lane.letter })}</button>
          <button type="button" class="btn btn--s" onClick=${() => (sure.value = false)}>${t('fleet.lanes.keep')}</button>`
      : html`<button type="button" class="btn btn--s" onClick=${() => (sure.value = true)}>${t('fleet.lanes.free')}</button>`}
  </li>`;
}
