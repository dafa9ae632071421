// @ts-check
// Keys on the screen. The search ignores marks, so nobody needs the last row; whoever is used to
// it finds it. The line that is typed is no field of the browser: no input method can garble it,
// and no keyboard of the system rises over ours.
import { html } from '../core/dom.js';
import { t, lang } from '../core/i18n.js';
import { icon } from '../core/icons.js';

const ROWS = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'];
const VIETNAMESE = 'ăâđêôơư';
/** Tones, as combining marks on the last letter. */
const TONES = ['\u0300', '\u0301', '\u0309', '\u0303', '\u0323'];

/** @param {{onKey: (key: string) => void, onErase: () => void, onClear: () => void}} props */
export function Keyboard({ onKey, onErase, onClear }) {
  const key = (/** @type {string} */ c, /** @type {string} */ label = c.toUpperCase()) => html`<button type="button" class="key" data-key=${c} key=${c} onClick=${() => onKey(c)}>${label}</button>`;
  return html`
    <div class="keys" role="group" aria-label=${t('kiosk.keyboard')}>
      ${lang.value === 'vi' &&
      html`<div class="keys__row">
        ${[...VIETNAMESE].map((c) => key(c))}
        ${TONES.map((mark, i) => html`<button type="button" class="key" key=${mark} data-key=${mark} aria-label=${t(`kiosk.tone.${i}`)} onClick=${() => onKey(mark)}>${`a${mark}`.normalize('NFC')}</button>`)}
      </div>`}
      <div class="keys__row">${[...ROWS[0]].map((c) => key(c))}</div>
      <div class="keys__row keys__row--in">${[...ROWS[1]].map((c) => key(c))}</div>
      <div class="keys__row">
        <button type="button" class="key key--wide" data-key="clear" onClick=${onClear}>${t('kiosk.clear')}</button>
        ${[...ROWS[2]].map((c) => key(c))}
        <button type="button" class="key key--wide" data-key="erase" aria-label=${t('kiosk.erase')} onClick=${onErase}>${icon('arrow-left')}</button>
      </div>
      <div class="keys__row">${key(' ', t('kiosk.space'))}</div>
    </div>
  `;
}
