// @ts-check
import { html } from '../core/dom.js';
import { t } from '../core/i18n.js';

/**
 * The same as a line along the edge, for a screen that has no room to spare.
 * @param {{m: import('./machine.js').Machine}} props
 */
export function Edge({ m }) {
  const left = m.left.value;
  if (left === null) return null;
  return html`<div class="edge" aria-hidden="true"><div class="bar"><span style=${{ transform: `scaleX(${Math.min(1, left / m.limit.value)})` }}></span></div></div>`;
}

/**
 * The time left, as a bar and in words; any touch refills it.
 * @param {{m: import('./machine.js').Machine}} props
 */
export function Countdown({ m }) {
  const left = m.left.value;
  if (left === null) return null;
  const part = Math.min(1, left / m.limit.value);
  return html`
    <div class="countdown">
      <div class="bar" aria-hidden="true"><span style=${{ transform: `scaleX(${part})` }}></span></div>
      <p class="muted num" role="timer">${t('kiosk.countdown', { n: Math.ceil(left) })}</p>
    </div>
  `;
}
