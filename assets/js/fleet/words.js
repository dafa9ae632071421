// @ts-check
// What the pages of the fleet call the states of its devices.
import { html } from '../core/dom.js';
import { t, text, minutes, clock } from '../core/i18n.js';

/** @typedef {import('./state.js').Device} Device */

/** A device of which nothing was heard for so long is silent (the server's figure). */
export const SILENT_S = 45;

/** @param {string} role */
export const roleName = (role) => t(`fleet.role.${role}`);

/**
 * Where a device stands: its state in one word and how that looks.
 * @param {Device} d
 * @param {number} nowMs
 * @returns {[string, string]} key and chip
 */
export function standing(d, nowMs) {
  if (!d.heard) return ['never', 'off'];
  const silent = (nowMs - Date.parse(d.heard)) / 1000;
  if (silent >= SILENT_S) return ['silent', 'bad'];
  return d.online ? ['online', 'ok'] : ['away', 'priority'];
}

/** @param {{device: Device, now: number}} props */
export function Standing({ device, now }) {
  const [key, look] = standing(device, now);
  return html`<span class=${`chip chip--${look}`} data-standing=${key}>${t(`fleet.standing.${key}`)}</span>`;
}

const PRINTER_LOOK = /** @type {Record<string, string>} */ ({ ready: 'ok', near_end: 'priority', none: 'off', unknown: 'off' });

/** @param {{state: string}} props */
export function Printer({ state }) {
  return html`<span class=${`chip chip--${PRINTER_LOOK[state] ?? 'bad'}`}>${t(`fleet.printer.${state}`)}</span>`;
}

/** @param {string} state */
export const soundName = (state) => t(`fleet.sound.${state}`);
/** @param {string} state */
export const screenName = (state) => t(`fleet.screen.${state}`);

/**
 * A time that has passed, in words that do not change every second.
 * @param {string | null | undefined} at
 * @param {number} nowMs
 */
export function ago(at, nowMs) {
  if (!at) return t('fleet.never');
  const s = Math.max(0, (nowMs - Date.parse(at)) / 1000);
  return s < 60 ? t('fleet.justnow') : t('fleet.ago', { time: minutes(s) });
}

/** @param {number} seconds */
export function lasted(seconds) {
  const d = Math.floor(seconds / 86_400);
  return d > 0 ? t('fleet.days', { n: d }) : minutes(seconds);
}

/** @param {number} ms */
export function clockDiff(ms) {
  const s = Math.round(Math.abs(ms) / 1000);
  if (s < 1) return t('fleet.clock.right');
  const time = s < 60 ? t('fleet.seconds', { n: s }) : minutes(s);
  return t(ms > 0 ? 'fleet.clock.ahead' : 'fleet.clock.behind', { time });
}

/**
 * The sentence of an alert.
 * @param {any} a
 * @param {any[]} services
 * @param {string} zone
 */
export function alertText(a, services, zone) {
  const field = services?.find((s) => s.id === a.service);
  const state = a.kind === 'printer' && a.detail ? t(`fleet.printer.${a.detail}`) : '';
  // Slips that a kiosk brought in tell the hour at which they were taken.
  const away = a.kind === 'many_tickets' && a.detail;
  const key = away ? 'fleet.alert.many_tickets_away' : `fleet.alert.${a.kind}`;
  return t(key, { n: a.count ?? 0, field: field ? text(field.name) : (a.service ?? ''), state, time: away ? clock(a.detail, zone) : '' });
}

/** @param {{alerts: any[], services: any[], zone: string, href?: (device: string) => string, onPick?: (device: string) => void}} props */
export function Alerts({ alerts, services, zone, href, onPick }) {
  if (!alerts.length) return html`<p class="muted">${t('fleet.alert.none')}</p>`;
  return html`<ul class="desk-alerts" aria-label=${t('fleet.alerts')}>
    ${alerts.map(
      (a) => html`<li class="desk-alert" key=${`${a.device}/${a.kind}/${a.service ?? ''}`} data-alert=${a.kind}>
        <strong>${alertText(a, services, zone)}</strong>
        <a href=${href ? href(a.device) : '#'} onClick=${(/** @type {MouseEvent} */ e) => onPick && (e.preventDefault(), onPick(a.device))}>${a.role ? `${roleName(a.role)}, ` : ''}${a.place || a.device}</a>
        <span class="since">${t('fleet.since', { time: clock(a.since, zone) })}</span>
      </li>`,
    )}
  </ul>`;
}
