// @ts-check
// Small parts of the forms: hours of the day, an order, a yes or no that may be left to the centre.
import { html, useId } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { icon } from '../core/icons.js';
import { listAt } from './desk.js';

/**
 * From and to, both or none.
 * @param {{label: string, value: {from?: string, to?: string}, set: (v: {from?: string, to?: string}) => void}} props
 */
export function Hours({ label, value, set }) {
  return html`
    <span class="sc-hours" role="group" aria-label=${label}>
      <${Hour} label=${`${label}: ${t('displays.from')}`} value=${value.from ?? ''} set=${(/** @type {string} */ from) => set({ from, to: value.to ?? '' })} />
      <span aria-hidden="true">–</span>
      <${Hour} label=${`${label}: ${t('displays.to')}`} value=${value.to ?? ''} set=${(/** @type {string} */ to) => set({ from: value.from ?? '', to })} />
    </span>
  `;
}

/**
 * An hour of the day in 24 h form, whatever the browser is set to; "7.30" and "730" will do.
 * @param {{label: string, value: string, set: (v: string) => void}} props
 */
function Hour({ label, value, set }) {
  return html`<input
    class="input sc-hour"
    inputmode="numeric"
    maxlength="5"
    placeholder="--:--"
    pattern="([01]?[0-9]|2[0-3])[:.h]?[0-5][0-9]|24:00"
    aria-label=${label}
    value=${value}
    onChange=${(/** @type {any} */ e) => set((e.target.value = hour(e.target.value)))}
  />`;
}

/** "07:30" of what somebody typed. @param {string} typed */
function hour(typed) {
  const m = /^(\d{1,2})[:.hH ]?(\d{2})$/.exec(typed.trim());
  return m ? `${m[1].padStart(2, '0')}:${m[2]}` : typed.trim();
}

/**
 * Spans of the day in which something holds.
 * @param {{title: string, hint: string, spans: {from?: string, to?: string}[], set: (v: any[]) => void, children?: any}} props
 */
export function Spans({ title, hint, spans, set, children }) {
  return html`
    <fieldset>
      <legend>${title}</legend>
      <p class="sc-hint">${hint}</p>
      ${spans.map(
        (s, i) => html`
          <div class="row" key=${i}>
            <${Hours} label=${`${title} ${i + 1}`} value=${s} set=${(/** @type {any} */ v) => set(spans.map((o, k) => (k === i ? v : o)))} />
            <button type="button" class="btn btn--quiet btn--s" onClick=${() => set(spans.filter((_, k) => k !== i))}>${icon('x')} ${t('displays.remove')}</button>
          </div>
        `,
      )}
      <p><button type="button" class="btn btn--s" onClick=${() => set([...spans, { from: '', to: '' }])}>${icon('plus')} ${t('displays.addhours')}</button></p>
      ${children}
    </fieldset>
  `;
}

/**
 * What the centre has and this screen may go without: left empty it would have it, too.
 * @param {{desk: ReturnType<typeof import('./desk.js').createDesk>, name: string}} props
 */
export function Without({ desk, name }) {
  const none = desk.draft.value.none ?? [];
  const on = none.includes(name);
  if (!desk.device.value || listAt(desk.draft.value, name).length || (!on && !listAt(desk.centre.value, name).length)) return null;
  return html`<label class="sc-without">
    <input type="checkbox" checked=${on} onChange=${(/** @type {any} */ e) => desk.change({ none: e.target.checked ? [...none, name] : none.filter((/** @type {string} */ n) => n !== name) })} />
    ${t('displays.without')}
  </label>`;
}

/**
 * A choice; "" is "as the centre's" and offered for a device only.
 * @param {{label: string, value: string, options: [string, string][], centre: boolean, set: (v: string) => void}} props
 */
export function Choice({ label, value, options, centre, set }) {
  const id = useId();
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <select class="input" id=${id} value=${value} onChange=${(/** @type {any} */ e) => set(e.target.value)}>
        ${centre && html`<option value="">${t('displays.ascentre')}</option>`}
        ${options.map(([v, words]) => html`<option key=${v} value=${v}>${words}</option>`)}
      </select>
    </div>
  `;
}

/**
 * Buttons that move a thing in its list, or out of it.
 * @param {{name: string, i: number, n: number, move: (to: number) => void, remove: () => void}} props
 */
export function Order({ name, i, n, move, remove }) {
  return html`
    <span class="sc-order">
      <button type="button" class="btn btn--quiet btn--s" aria-label=${t('displays.up', { name })} disabled=${i === 0} onClick=${() => move(i - 1)}>${icon('arrow-up')}</button>
      <button type="button" class="btn btn--quiet btn--s" aria-label=${t('displays.down', { name })} disabled=${i === n - 1} onClick=${() => move(i + 1)}>${icon('arrow-down')}</button>
      <button type="button" class="btn btn--quiet btn--s" aria-label=${t('displays.takeout', { name })} onClick=${remove}>${icon('x')}</button>
    </span>
  `;
}

/**
 * @template T
 * @param {T[]} list
 * @param {number} from
 * @param {number} to
 */
export function moved(list, from, to) {
  const out = [...list];
  out.splice(to, 0, ...out.splice(from, 1));
  return out;
}
