// @ts-check
// A screen that belongs to no hall yet: the code that a manager enters, large enough to be read
// from the floor, and the same as a QR code for the manager's phone.
import { html } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { both } from './words.js';

/** @param {{pairing: any}} props */
export function Pairing({ pairing }) {
  const { state, code } = pairing;
  if (!code) {
    return html`<div class="pairing" role="status" data-code=${`pairing-${state}`}>
      ${icon('wifi-off', 'pairing__mark')}
      <h1 class="pairing__title">${both(`display.pairing.${state}`)}</h1>
      <p class="pairing__how">${both('display.pairing.wait')}</p>
    </div>`;
  }
  return html`<div class="pairing" role="status" data-code=${`pairing-${state}`}>
    <h1 class="pairing__title">${both(state === 'revoked' ? 'display.pairing.revoked' : 'display.pairing.title')}</h1>
    <p class="pairing__code number" aria-label=${[...code].join(' ')}>${code}</p>
    ${pairing.qr && html`<img class="pairing__qr" src=${pairing.qr} alt="" />`}
    <p class="pairing__how">${both('display.pairing.how')}</p>
  </div>`;
}
