// @ts-check
// Whose hour is kept today or on another day, who of them has come, and one of them with its code:
// to be shown, checked in by hand or given back.
import { html, useSignal, useEffect } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { t, text, clock, dateLong } from '../core/i18n.js';
import { now } from '../core/time.js';
import { Dialog } from '../desk/dialog.js';
import { fieldName, groupName, stateName } from '../desk/words.js';
import { Book } from './book.js';

/** @typedef {import('./helper.js').Helper} Helper */

/** @param {{helper: Helper}} props */
export function Appointments({ helper }) {
  const d = helper.source.data.value;
  const today = dayOf(now.value, d.time_zone);
  const day = useSignal('');
  const other = useSignal(/** @type {any[] | null} */ (null));
  const elsewhere = day.value && day.value !== today;

  // Today's are in the document; those of another day are asked for.
  useEffect(() => {
    other.value = null;
    if (!elsewhere) return;
    let gone = false;
    void helper.appointments(day.value).then((list) => {
      if (!gone && list) other.value = list;
    });
    return () => (gone = true);
  }, [day.value, helper.changes.value]);

  const rows = elsewhere ? other.value ?? [] : d.appointments;
  return html`<section aria-labelledby="hours-h">
    <h2 id="hours-h">${t('assist.hours')}</h2>
    <button type="button" class="btn btn--primary a-go a-book" disabled=${helper.blocked()} onClick=${() => (helper.booking.value = true)}>${icon('calendar-clock')} ${t('assist.book')}</button>
    <div class="field">
      <label for="h-day">${t('assist.day')}</label>
      <${Days} id="h-day" at=${day} doc=${d} />
    </div>
    <ul class="a-list">
      ${rows.map((/** @type {any} */ a) => html`<li key=${a.id}><${Row} helper=${helper} a=${a} /></li>`)}
      ${rows.length === 0 ? html`<li class="empty">${elsewhere && !other.value ? t('connecting') : t('assist.hours.none')}</li>` : null}
    </ul>
    ${helper.booking.value ? html`<${Book} helper=${helper} />` : null}
    ${helper.appointment.value ? html`<${One} helper=${helper} key=${helper.appointment.value.id} />` : null}
  </section>`;
}

/**
 * The days that can be booked, to choose with the thumb.
 * @param {{id: string, at: {value: string}, doc: any}} props
 */
export function Days({ id, at, doc }) {
  const from = now.peek();
  const days = Array.from({ length: doc.bookable_days + 1 }, (_, n) => from + n * 86_400_000);
  return html`<select class="input num" id=${id} onChange=${(/** @type {any} */ e) => (at.value = e.target.value)}>
    ${days.map((ms, n) => {
      const day = dayOf(ms, doc.time_zone);
      const name = dateLong(ms, doc.time_zone);
      return html`<option value=${day} selected=${at.value === day}>${n === 0 ? t('assist.today', { day: name }) : name}</option>`;
    })}
  </select>`;
}

/** @param {number} ms @param {string} zone */
export function dayOf(ms, zone) {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(ms));
}

/** @param {{helper: Helper, a: any}} props */
function Row({ helper, a }) {
  const d = helper.source.data.value;
  return html`<button type="button" class="a-row a-hour" data-state=${a.state} onClick=${() => helper.openAppointment(a)}>
    <strong class="num">${clock(a.at, d.time_zone)}</strong>
    <span class="a-what"><span class="a-cut">${fieldName(d, a.service)}</span>${a.reference ? html`<small>${a.reference}</small>` : null}</span>
    <span class="a-tags">${a.priority ? html`<span class="chip chip--priority">${t('priority')}</span>` : null}<span class=${`chip a-st a-st--${tone(a)}`}>${came(a, d)}</span></span>
    ${icon('chevron-right')}
  </button>`;
}

/** What became of an appointment, in a word. @param {any} a @param {any} d */
function came(a, d) {
  if (a.state === 'checked_in') return `${a.number} · ${stateName(a.ticket_state)}`;
  if (a.state === 'booked' && now.value > Date.parse(a.late_after) && dayOf(now.value, d.time_zone) === dayOf(Date.parse(a.at), d.time_zone)) return t('assist.hour.overdue');
  return t(`assist.hour.${a.state}`);
}

/** @param {any} a */
function tone(a) {
  return { checked_in: a.ticket_state, cancelled: 'cancelled', missed: 'missed' }[/** @type {string} */ (a.state)] ?? 'booked';
}

/** One appointment, large enough to be photographed. @param {{helper: Helper}} props */
function One({ helper }) {
  const d = helper.source.data.value;
  // Its newest form: it may have been checked in at the kiosk meanwhile.
  const a = d.appointments.find((/** @type {any} */ x) => x.id === helper.appointment.value.id) ?? helper.appointment.value;
  const off = helper.blocked();
  const open = a.state === 'booked';
  const day = dateLong(a.at, d.time_zone);
  const close = () => (helper.appointment.value = null);
  const field = d.services.find((/** @type {any} */ s) => s.id === a.service);
  return html`<${Dialog} title=${helper.freshHour.value ? t('assist.booked') : t('assist.hour')} onClose=${close}>
    <div class="a-ticket" data-appointment=${a.id}>
      <p class="number a-number a-number--long">${clock(a.at, d.time_zone)}</p>
      <p class="a-of">${day}</p>
      <p class="a-of">${fieldName(d, a.service)} ${a.priority ? html`<span class="chip chip--priority">${t('priority')}: ${groupName(d, a.priority)}</span>` : null}</p>
      ${open ? html`<img class="a-qr" src=${helper.env.ui.qr ?? `/api/v1/tickets/${a.id}/qr.svg`} alt=${t('assist.hour.qr', { time: clock(a.at, d.time_zone), day })} width="300" height="300" /><p class="a-scan">${t('assist.scan')}</p>` : null}
      ${helper.freshHour.value ? null : html`<p class="a-now"><span class=${`chip a-st a-st--${tone(a)}`}>${came(a, d)}</span></p>`}
      ${a.reference ? html`<p class="muted">${t('assist.reference')}: ${a.reference}</p>` : null}
      ${open ? html`<p class="muted num">${t('assist.hour.from', { from: clock(a.check_in_from, d.time_zone), until: clock(a.late_after, d.time_zone) })}${field && text(field.where) ? ` · ${text(field.where)}` : ''}</p>` : null}
    </div>
    ${helper.toast.value ? html`<p class=${`note ${helper.toast.value.bad ? 'note--bad' : ''}`} role="status">${helper.toast.value.say}</p>` : null}
    <div class="a-do">
      ${open && !helper.freshHour.value
        ? html`<button type="button" class="btn btn--primary" disabled=${off} onClick=${() => helper.checkIn(a)}>${icon('user-check')} ${t('assist.here')}</button>`
        : null}
      ${a.state === 'checked_in'
        ? html`<button type="button" class="btn btn--primary" onClick=${() => { close(); void helper.open(a); }}>${icon('ticket')} ${t('assist.ticket')} ${a.number}</button>`
        : null}
      ${helper.freshHour.value ? html`<button type="button" class="btn btn--primary" onClick=${close}>${t('assist.done')}</button>` : null}
      ${open ? html`<button type="button" class="btn btn--quiet a-cancel" disabled=${off} onClick=${() => helper.cancelAppointment(a)}>${t('assist.hour.cancel')}</button>` : null}
    </div>
  <//>`;
}
