// @ts-check
// Finding a field by typing what one came for.
import { html } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { icon } from '../core/icons.js';
import { Field } from './field.js';
import { Keyboard } from './keyboard.js';
import { find } from './plain.js';
import { servicesOf } from './settings.js';
import { landscape, useFit } from './start.js';

const LONGEST = 30;

/**
 * One key more on what was typed.
 * @param {string} query
 * @param {string} key a letter, a space or a combining mark
 */
export function type(query, key) {
  const next = (query + key).normalize('NFC').replace(/^\s+|\s(?=\s)/g, '');
  return [...next].slice(0, LONGEST).join('');
}

/** @param {string} query */
export function erase(query) {
  return [...query].slice(0, -1).join('');
}

/** @param {{m: import('./machine.js').Machine, doc: any, local: import('./local.js').Local}} props */
export function Search({ m, doc, local }) {
  const query = m.query.value;
  const found = find(servicesOf(doc, local.device()), query);
  const room = landscape.value ? (m.low.value || m.large.value ? 2 : 3) : m.large.value ? (m.low.value ? 2 : 5) : m.low.value ? 4 : 8;
  const [fewer, list] = useFit(m, query);
  const shown = found.slice(0, Math.max(1, Math.min(found.length, room) - fewer));
  const set = (/** @type {string} */ q) => {
    m.query.value = q;
    m.refill();
  };
  return html`
    <div class="search">
      <div class=${m.low.value ? 'upper' : 'sr-only'}>
        <h1 tabindex="-1" data-focus>${t('kiosk.search_title')}</h1>
        <p class="muted">${t('kiosk.search_hint')}</p>
      </div>
      <div class="search__top">
        <button type="button" class="btn" data-act="back" onClick=${m.back}>${icon('arrow-left')} ${t('back')}</button>
        <p class="search__line" role="status" data-query=${query}>${icon('search')}<span class="grow">${query ? html`<b>${query}</b>` : html`<span class="muted">${t('kiosk.search_hint')}</span>`}</span></p>
      </div>
      <div class="search__found">
        ${shown.length
          ? html`<ul class=${`fields fields--${landscape.value ? 3 : m.large.value ? 1 : 2}`} ref=${list}>
              ${shown.map((s) => html`<li key=${s.id}><${Field} s=${s} m=${m} doc=${doc} /></li>`)}
            </ul>`
          : html`<p class="search__none">${t('kiosk.search_none')}</p>`}
        ${found.length > shown.length && html`<p class="muted search__more">${t('kiosk.search_more', { n: found.length - shown.length })}</p>`}
      </div>
      <${Keyboard} onKey=${(/** @type {string} */ c) => set(type(query, c))} onErase=${() => set(erase(query))} onClear=${() => set('')} />
    </div>
  `;
}
