// @ts-check
// The number: what to do now, the number, where to wait, how many are before, and the code that
// takes the ticket along on a phone.
import { html, useSignal } from '../core/dom.js';
import { t, text, textLang, clock, clockRange, errorText, has, clockOrDay } from '../core/i18n.js';
import { now } from '../core/time.js';
import { icon } from '../core/icons.js';
import { Countdown } from './countdown.js';
import { sentences } from './words.js';

/** What to do now, by what the printer does. */
const heads = { none: 'kiosk.done.none' };

/** @param {{m: import('./machine.js').Machine, doc: any, ticket: any, service: any, qr?: string}} props */
export function Done({ m, doc, ticket, service, qr }) {
  const zone = doc?.time_zone;
  return html`
    <div class="done">
      <header class="done__head" role="status">
        ${icon('circle-check')}
        <h1 tabindex="-1" data-focus>${t(heads[m.printer.value])}</h1>
      </header>
      <div class="done__card" data-ticket=${ticket.id} data-number=${ticket.number}>
        <div class="done__words">
          <p class="muted">${t('kiosk.done.number')}${ticket.priority && html` <span class="chip chip--priority">${t('priority')}</span>`}</p>
          <p class="number done__number" data-length=${ticket.number.length}>${ticket.number}</p>
          <p class="done__field" lang=${textLang(service.name)}>${text(service.name)}</p>
          ${service.where && text(service.where) && html`<p class="done__where">${icon('armchair')} <span>${t('kiosk.done.where')} <b lang=${textLang(service.where)}>${text(service.where)}</b></span></p>`}
          <dl class="facts">
            <div>
              <dt>${t('kiosk.done.before')}</dt>
              <dd class="num">${before(ticket)}</dd>
            </div>
            ${ticket.eta
              ? html`<div><dt>${t('kiosk.done.eta')}</dt><dd class="num">${clockRange(ticket.issued_at, ticket.eta.p50_s, ticket.eta.p90_s, zone)}</dd></div>`
              : html`<div><dt>${t('kiosk.done.taken')}</dt><dd class="num">${clock(ticket.issued_at, zone)}</dd></div>`}
          </dl>
        </div>
        <div class="done__code">
          <${Code} src=${qr ?? `/api/v1/tickets/${ticket.id}/qr.svg`} number=${ticket.number} />
        </div>
      </div>
      <${Countdown} m=${m} />
      <${Actions} m=${m} ticket=${ticket} />
    </div>
  `;
}

/** @param {any} ticket */
function before(ticket) {
  if (ticket.ahead === null || ticket.ahead === undefined) return '–';
  return ticket.ahead === 0 ? t('kiosk.done.next') : t('kiosk.done.people', { n: ticket.ahead });
}

/** @param {{src: string, number: string}} props */
function Code({ src, number }) {
  const failed = useSignal(false);
  if (failed.value) return html`<p class="note note--warn">${icon('camera')} ${t('kiosk.done.no_code')}</p>`;
  return html`
    <img class="done__qr" src=${src} alt=${t('kiosk.done.code_alt', { number })} onError=${() => (failed.value = true)} />
    <p class="done__note"><b>${t('kiosk.done.scan')}</b> ${t('kiosk.done.scan_why')}<br />${t('kiosk.done.fair')}</p>
  `;
}

/** @param {{m: import('./machine.js').Machine, ticket: any}} props */
function Actions({ m, ticket }) {
  const c = m.cancelling.value;
  if (c) {
    const words = { ask: 'kiosk.cancel.ask', sending: 'kiosk.cancel.sending', failed: 'kiosk.cancel.failed' }[c];
    return html`
      <div class="actions actions--ask" role="alert">
        <p>${t(words, { number: ticket.number })}</p>
        <button type="button" class="btn" disabled=${c === 'sending'} onClick=${m.keep}>${t('kiosk.cancel.keep')}</button>
        ${c !== 'failed' && html`<button type="button" class="btn btn--danger" data-act="cancel-yes" disabled=${c === 'sending'} onClick=${m.cancel}>${t('kiosk.cancel.yes')}</button>`}
      </div>
    `;
  }
  return html`
    <div class="actions">
      <button type="button" class="btn btn--quiet" data-act="cancel" onClick=${m.askCancel}>${icon('undo-2')} ${t('kiosk.cancel')}</button>
      <button type="button" class="btn btn--primary" data-act="finish" onClick=${m.reset}>${t('kiosk.finish')}</button>
    </div>
  `;
}

/** @param {{m: import('./machine.js').Machine, ticket: any}} props */
export function Cancelled({ m, ticket }) {
  return html`
    <div class="full" role="status">
      <span class="full__mark">${icon('check')}</span>
      <h1 tabindex="-1" data-focus>${t('kiosk.cancelled', { number: ticket.number })}</h1>
      <p>${sentences(t('kiosk.cancelled_more'))}</p>
      <button type="button" class="btn btn--primary" onClick=${m.reset}>${t('kiosk.to_start')}</button>
      <${Countdown} m=${m} />
    </div>
  `;
}

/** @param {{m: import('./machine.js').Machine, doc: any, error: any, journey: any}} props */
export function Failed({ m, doc, error, journey }) {
  const code = error?.code ?? 'internal';
  const again = ['network', 'busy', 'internal', 'rate_limited', 'storage_unavailable', 'clock_unconfirmed'].includes(code);
  return html`
    <div class="full" role="alert" data-code=${code}>
      <span class="full__mark full__mark--bad">${icon(code === 'network' ? 'wifi-off' : 'circle-alert')}</span>
      <h1 tabindex="-1" data-focus>${t('kiosk.error')}</h1>
      <p>${sentences(sentence(code, error, doc))}</p>
      <div class="actions">
        <button type="button" class=${again ? 'btn' : 'btn btn--primary'} onClick=${m.reset}>${t('kiosk.to_start')}</button>
        ${again && html`<button type="button" class="btn btn--primary" data-act="again" data-times=${journey?.again} onClick=${m.retry}>${icon('rotate-ccw')} ${t('kiosk.again')}</button>`}
      </div>
      <${Countdown} m=${m} />
    </div>
  `;
}

/**
 * @param {string} code
 * @param {any} error
 * @param {any} doc
 */
function sentence(code, error, doc) {
  const at = error?.more?.opens_at ?? error?.more?.until;
  const time = at ? clockOrDay(at, now.value, doc?.time_zone) : '';
  const exact = `kiosk.error.${code}${time ? '.at' : ''}`;
  if (has(exact)) return t(exact, { time });
  return has(`kiosk.error.${code}`) ? t(`kiosk.error.${code}`) : errorText(error);
}
