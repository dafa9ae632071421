// @ts-check
// An appointment whose code was held before the scanner: its hour, where to wait, and one large
// button for whoever is here. Early, late, on another day or given back: said in a sentence, with a
// number as anybody gets one beside it.
import { html } from '../core/dom.js';
import { t, text, textLang, clock, dateLong, sameDay } from '../core/i18n.js';
import { now } from '../core/time.js';
import { icon } from '../core/icons.js';
import { Countdown } from './countdown.js';

/** @typedef {'open' | 'late' | 'early' | 'day' | 'cancelled' | 'missed'} Standing */

/**
 * What can be done with an appointment at an hour.
 * @param {any} a
 * @param {number} at
 * @param {string} [zone]
 * @returns {Standing}
 */
export function standing(a, at, zone) {
  if (a.state === 'cancelled' || a.state === 'missed') return a.state;
  if (at > Date.parse(a.late_after)) return 'late';
  if (at >= Date.parse(a.check_in_from)) return 'open';
  return sameDay(a.at, at, zone) ? 'early' : 'day';
}

/** @param {{m: import('./machine.js').Machine, doc: any, appointment: any, service: any}} props */
export function Appointment({ m, doc, appointment: a, service }) {
  const zone = doc?.time_zone;
  const is = standing(a, now.value, zone);
  const here = is === 'open' || is === 'late';
  return html`
    <div class="found" data-state=${is} data-appointment=${a.id}>
      <div class="upper">
        <p class="muted">${t('kiosk.appointment.title')}${a.priority && html` <span class="chip chip--priority">${t('priority')}</span>`}</p>
        <p class="number done__number" data-length="5">${clock(a.at, zone)}</p>
        ${(is === 'day' || is === 'missed') && html`<p class="found__day">${dateLong(a.at, zone)}</p>`}
        <h1 tabindex="-1" data-focus lang=${textLang(service.name)}>${text(service.name)}</h1>
      </div>
      <div class="found__rest">
        <div class="found__state" data-state=${is} role="status">
          <b>${t(`kiosk.appointment.${is}`, words(a, zone))}</b>
          <span>${t(`kiosk.appointment.${is}_more`, words(a, zone))}${!here && service.open && ` ${t('kiosk.appointment.or')}`}</span>
        </div>
        ${a.reference && html`<p class="done__where found__dossier">${icon('file-text')} <span>${t('kiosk.reference')} <b>${a.reference}</b></span></p>`}
        ${here && service.where && text(service.where) && html`<p class="done__where">${icon('armchair')} <span>${t('kiosk.done.where')} <b lang=${textLang(service.where)}>${text(service.where)}</b></span></p>`}
        <div class="found__acts">
          ${here && html`<button type="button" class="btn btn--primary found__here" data-act="arrive" onClick=${() => m.arrive(m.paper.peek())}>${icon('user-check')} ${t('kiosk.appointment.here')}</button>`}
          ${!here && service.open && html`<button type="button" class="btn btn--primary" data-act="plain" onClick=${() => m.choose(service, a.reference ?? '')}>${icon('ticket')} ${t('kiosk.appointment.plain')}</button>`}
        </div>
      </div>
    </div>
    <div class="foot-row">
      <button type="button" class="btn" data-act="finish" onClick=${m.reset}>${t('kiosk.finish')}</button>
      <${Countdown} m=${m} />
    </div>
  `;
}

/**
 * The hours that the sentences name.
 * @param {any} a
 * @param {string} [zone]
 */
export function words(a, zone) {
  return { time: clock(a.at, zone), from: clock(a.check_in_from, zone), until: clock(a.late_after, zone), day: dateLong(a.at, zone) };
}
