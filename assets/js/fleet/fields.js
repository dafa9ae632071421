// @ts-check
// Which fields a kiosk shows, in which order, and under which headings.
import { html } from '../core/dom.js';
import { t, text } from '../core/i18n.js';
import { icon } from '../core/icons.js';

const MOST_GROUPS = 20;

/** @param {{doc: any, own: any, below: any, set: (change: any) => void}} props */
export function Fields({ doc, own, below, set }) {
  /** @type {string[]} */
  const all = doc.services.map((/** @type {any} */ s) => s.id);
  const name = (/** @type {string} */ id) => text(doc.services.find((/** @type {any} */ s) => s.id === id)?.name) || id;
  const chosen = /** @type {string[] | undefined} */ (own.services);
  const inherited = below.services?.length ? below.services : all;
  const list = chosen ?? inherited;
  /** @type {any[]} */
  const groups = own.groups ?? [];

  /** @param {boolean} on */
  const choose = (on) => set(on ? { services: inherited } : { services: undefined, groups: undefined });
  /** @param {string} id @param {boolean} on */
  function tick(id, on) {
    const next = on ? [...list, id] : list.filter((s) => s !== id);
    if (!next.length) return; // none would mean all
    set({ services: next, groups: without(groups, next) });
  }
  /** @param {string} id @param {number} by */
  function move(id, by) {
    const i = list.indexOf(id);
    const next = [...list];
    next.splice(i, 1);
    next.splice(i + by, 0, id);
    set({ services: next, groups: sorted(groups, next) });
  }
  /** @param {string} id @param {number} to index of a group, -1 for none */
  function put(id, to) {
    const next = groups.map((g, i) => ({ ...g, services: i === to ? [...g.services, id] : g.services.filter((/** @type {string} */ s) => s !== id) }));
    set({ groups: sorted(next, list) });
  }

  return html`<fieldset class="desk-fields">
    <legend class="label">${t('fleet.set.services')}</legend>
    <label class="desk-check"><input type="checkbox" checked=${!!chosen} onChange=${(/** @type {any} */ e) => choose(e.target.checked)} /> ${t('fleet.set.services.own')}</label>
    ${chosen &&
    html`<ul class="desk-sorted">
      ${[...list, ...all.filter((id) => !list.includes(id))].map((id) => {
        const i = list.indexOf(id);
        return html`<li key=${id}>
          <label class="desk-check grow"><input type="checkbox" checked=${i >= 0} onChange=${(/** @type {any} */ e) => tick(id, e.target.checked)} /> <span>${name(id)}</span></label>
          ${i >= 0 && groups.length
            ? html`<select class="input desk-group" aria-label=${t('fleet.set.group.of', { field: name(id) })} value=${groups.findIndex((g) => g.services.includes(id))} onChange=${(/** @type {any} */ e) => put(id, Number(e.target.value))}>
                <option value="-1">${t('fleet.set.group.none')}</option>
                ${groups.map((g, k) => html`<option value=${k}>${g.name.vi || k + 1}</option>`)}
              </select>`
            : null}
          ${i >= 0 &&
          html`<button type="button" class="btn btn--s btn--quiet" disabled=${i === 0} aria-label=${t('fleet.set.up', { field: name(id) })} onClick=${() => move(id, -1)}>${icon('arrow-up')}</button>
            <button type="button" class="btn btn--s btn--quiet" disabled=${i === list.length - 1} aria-label=${t('fleet.set.down', { field: name(id) })} onClick=${() => move(id, 1)}>${icon('arrow-down')}</button>`}
        </li>`;
      })}
    </ul>`}
    ${chosen &&
    html`<div class="desk-part">
      ${groups.map(
        (g, i) => html`<div class="row" key=${i}>
          <input class="input" maxlength="60" aria-label=${t('fleet.set.group.vi', { n: i + 1 })} placeholder=${t('lang.vi')} value=${g.name.vi} onInput=${(/** @type {any} */ e) => set({ groups: groups.map((o, k) => (k === i ? { ...o, name: { ...o.name, vi: e.target.value } } : o)) })} />
          <input class="input" maxlength="60" aria-label=${t('fleet.set.group.en', { n: i + 1 })} placeholder=${t('lang.en')} value=${g.name.en ?? ''} onInput=${(/** @type {any} */ e) => set({ groups: groups.map((o, k) => (k === i ? { ...o, name: { ...o.name, en: e.target.value || undefined } } : o)) })} />
          <button type="button" class="btn btn--s btn--quiet" aria-label=${t('fleet.set.group.drop', { n: i + 1 })} onClick=${() => set({ groups: groups.filter((_, k) => k !== i) })}>${icon('x')}</button>
        </div>`,
      )}
      ${groups.length < MOST_GROUPS && html`<p><button type="button" class="btn btn--s" onClick=${() => set({ groups: [...groups, { name: { vi: '' }, services: groups.length ? [] : [...list] }] })}>${t('fleet.set.group.add')}</button></p>`}
    </div>`}
  </fieldset>`;
}

/** @param {any[]} groups @param {string[]} kept */
function without(groups, kept) {
  return groups.map((g) => ({ ...g, services: g.services.filter((/** @type {string} */ s) => kept.includes(s)) }));
}

/** @param {any[]} groups @param {string[]} order */
function sorted(groups, order) {
  return groups.map((g) => ({ ...g, services: order.filter((s) => g.services.includes(s)) }));
}
