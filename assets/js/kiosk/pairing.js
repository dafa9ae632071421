// @ts-check
// A kiosk that belongs to no centre yet: the code that a manager enters.
import { html } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { icon } from '../core/icons.js';
import { sentences } from './words.js';

/** @param {{pairing: any}} props */
export function Pairing({ pairing }) {
  if (pairing.state === 'unreachable') {
    return html`
      <div class="full" role="status" data-code="pairing-unreachable">
        <span class="full__mark full__mark--quiet">${icon('wifi-off')}</span>
        <h1 tabindex="-1" data-focus>${t('kiosk.pairing.unreachable')}</h1>
        <p>${sentences(t('kiosk.away_more'))}</p>
      </div>
    `;
  }
  return html`
    <div class="full pairing" role="status" data-code=${`pairing-${pairing.state}`}>
      <h1 tabindex="-1" data-focus>${t(pairing.state === 'waiting' ? 'kiosk.pairing.title' : `kiosk.pairing.${pairing.state}`)}</h1>
      ${pairing.code
        ? html`<p class="number pairing__code" aria-label=${[...pairing.code].join(' ')}>${pairing.code}</p>
            ${pairing.qr && html`<img class="done__qr" src=${pairing.qr} alt="" />`}
            <p>${sentences(t('kiosk.pairing.how'))}</p>`
        : html`<p>${sentences(t('kiosk.ask_help'))}</p>`}
    </div>
  `;
}
