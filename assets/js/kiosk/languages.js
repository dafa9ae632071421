// @ts-check
import { html } from '../core/dom.js';
import { t, lang, setLang } from '../core/i18n.js';

/**
 * The languages that the centre offers, in the same corner of every screen.
 * @param {{m: import('./machine.js').Machine}} props
 */
export function Languages({ m }) {
  const { languages } = m.settings();
  if (languages.length < 2) return null;
  return html`
    <div class="segmented languages" role="group" aria-label=${t('lang.label')}>
      ${languages.map((l) => html`<button type="button" lang=${l} aria-pressed=${String(lang.value === l)} onClick=${() => setLang(/** @type {any} */ (l)).then(m.refill)}>${t(`lang.${l}`)}</button>`)}
    </div>
  `;
}
