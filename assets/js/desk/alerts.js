// @ts-check
// What is wrong with a device, told to whoever is nearest: the roll is empty, the lid is open, or
// somebody takes many numbers. That a kiosk is cut off the counters say themselves.
import { html } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { clock } from '../core/i18n.js';
import { alertText } from '../fleet/words.js';

const SHOWN = 2;
const TOLD = ['paper_out', 'printer', 'many_tickets'];

/** @param {{doc: any, className?: string}} props */
export function DeviceAlerts({ doc, className = '' }) {
  const alerts = (doc.alerts ?? []).filter((/** @type {any} */ a) => TOLD.includes(a.kind));
  return html`<div class=${`${className} ${alerts.length ? 'band band--warn' : ''}`} role="status" hidden=${!alerts.length}>
    ${alerts.length > 0 && icon('triangle-alert')}
    <span>${alerts.slice(0, SHOWN).map((/** @type {any} */ a, /** @type {number} */ i) => html`${i ? ' · ' : ''}<b>${alertText(a, doc.services, doc.time_zone)}</b> (${a.place || a.device}, ${clock(a.since, doc.time_zone)})`)}${alerts.length > SHOWN ? ` +${alerts.length - SHOWN}` : ''}</span>
  </div>`;
}
