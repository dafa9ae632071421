// @ts-check
// A ticket that was held before the scanner: where it stands, and what its holder may do here.
import { html } from '../core/dom.js';
import { t, text, textLang, clock, clockRange } from '../core/i18n.js';
import { now } from '../core/time.js';
import { icon } from '../core/icons.js';
import { Countdown } from './countdown.js';
import { before } from './done.js';

/** @param {{m: import('./machine.js').Machine, local: import('./local.js').Local, doc: any, ticket: any, service: any}} props */
export function Found({ m, local, doc, ticket, service }) {
  const zone = doc?.time_zone;
  const back = mayReturn(ticket);
  const live = ['waiting', 'called', 'serving', 'parked', 'missed'].includes(ticket.state);
  return html`
    <div class="found" data-state=${ticket.state} data-number=${ticket.number}>
      <div class="upper">
        <p class="muted">${t('kiosk.found.title')}${ticket.priority && html` <span class="chip chip--priority">${t('priority')}</span>`}</p>
        <p class="number done__number" data-length=${ticket.number.length}>${ticket.number}</p>
        <h1 tabindex="-1" data-focus lang=${textLang(service.name)}>${text(service.name)}</h1>
      </div>
      <div class="found__rest">
        <div class="found__state" data-state=${ticket.state}>
          <b>${t(`kiosk.found.${ticket.state}`, { counter: ticket.counter })}</b>
          <span>${more(ticket, zone)}</span>
        </div>
        ${ticket.state === 'waiting' &&
        html`<dl class="facts">
          <div><dt>${t('kiosk.done.before')}</dt><dd class="num">${before(ticket)}</dd></div>
          ${ticket.eta
            ? html`<div><dt>${t('kiosk.done.eta')}</dt><dd class="num">${clockRange(now.value, ticket.eta.p50_s, ticket.eta.p90_s, zone)}</dd></div>`
            : html`<div><dt>${t('kiosk.done.taken')}</dt><dd class="num">${clock(ticket.issued_at, zone)}</dd></div>`}
        </dl>`}
        <${Hour} ticket=${ticket} zone=${zone} />
        ${live && service.where && text(service.where) && html`<p class="done__where">${icon('armchair')} <span>${t('kiosk.done.where')} <b lang=${textLang(service.where)}>${text(service.where)}</b></span></p>`}
        <div class="found__acts">
          ${back && html`<button type="button" class="btn btn--primary" data-act="return" onClick=${m.comeBack}>${icon('user-check')} ${t('kiosk.found.return')}</button>`}
          ${live && local.printer() && html`<button type="button" class="btn" data-act="print-again" onClick=${() => local.print(ticket.id, true)}>${icon('printer')} ${t('kiosk.reprint.yes')}</button>`}
        </div>
      </div>
    </div>
    <div class="foot-row">
      <button type="button" class=${back ? 'btn' : 'btn btn--primary'} data-act="finish" onClick=${m.reset}>${t('kiosk.finish')}</button>
      <${Countdown} m=${m} />
    </div>
  `;
}

/** The hour that was booked, and whether the person came in time for it.
 * @param {{ticket: any, zone?: string}} props */
export function Hour({ ticket, zone }) {
  if (!ticket.booked_at || !['waiting', 'called', 'parked', 'missed'].includes(ticket.state)) return null;
  return html`<p class="done__where" data-late=${String(!ticket.due_at)}>${icon('calendar-clock')} <span>${hour(ticket, zone)}</span></p>`;
}

/**
 * @param {any} ticket
 * @param {string} [zone]
 */
export function hour(ticket, zone) {
  return t(ticket.due_at ? 'kiosk.found.due' : 'kiosk.found.late', { time: clock(ticket.booked_at, zone) });
}

/** A missed ticket that is still in time to come back.
 * @param {any} ticket */
function mayReturn(ticket) {
  return ticket.state === 'missed' && ticket.return_by && Date.parse(ticket.return_by) > now.value;
}

/**
 * What to do now.
 * @param {any} ticket
 * @param {string} zone
 */
export function more(ticket, zone) {
  switch (ticket.state) {
    case 'missed':
      return mayReturn(ticket) ? t('kiosk.found.missed_more', { time: clock(ticket.return_by, zone) }) : t('kiosk.found.missed_late');
    case 'waiting':
    case 'called':
    case 'parked':
      return t(`kiosk.found.${ticket.state}_more`);
    case 'serving':
      return '';
    default:
      return t('kiosk.found.over');
  }
}
