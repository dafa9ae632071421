// @ts-check
// The bar at the foot: how one person wants the screen.
import { html } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { icon } from '../core/icons.js';

/** @param {{m: import('./machine.js').Machine}} props */
export function Tools({ m }) {
  const tool = (/** @type {import('../core/dom.js').Signal<boolean>} */ s, /** @type {string} */ name, /** @type {string} */ mark) => html`
    <button type="button" data-tool=${name} aria-pressed=${String(s.value)} onClick=${() => flip(m, s)}>${icon(mark)}<span>${t(`kiosk.tool.${name}`)}</span></button>
  `;
  return html`
    <div class="tools" role="group" aria-label=${t('kiosk.tools')}>
      ${tool(m.voice, 'voice', 'volume-2')} ${tool(m.large, 'large', 'a-large-small')} ${tool(m.contrast, 'contrast', 'contrast')}
      ${tool(m.low, 'low', 'accessibility')}
    </div>
  `;
}

/**
 * @param {import('./machine.js').Machine} m
 * @param {import('../core/dom.js').Signal<boolean>} s
 */
function flip(m, s) {
  s.value = !s.value;
  m.page.value = 0;
  m.refill();
}
