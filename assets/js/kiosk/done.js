// @ts-check
// The number: what to do now, the number, where to wait, how many are before, and the code that
// takes the ticket along on a phone.
import { html, useSignal } from '../core/dom.js';
import { t, say, lang, text, textLang, clock, clockRange } from '../core/i18n.js';
import { icon } from '../core/icons.js';
import { Countdown } from './countdown.js';
import { Hour } from './found.js';
import { Languages } from './languages.js';
import { Ask } from './strips.js';

/** What to do now, by what became of the paper. */
export const HEADS = { none: 'kiosk.done.none', declined: 'kiosk.done.none', printing: 'kiosk.done.printing', printed: 'kiosk.done.printed' };
const MARKS = { none: 'circle-check', declined: 'circle-check', printing: 'printer', printed: 'circle-check', failed: 'camera' };

/** @param {{env: import('../core/page.js').Env, m: import('./machine.js').Machine, local: import('./local.js').Local, doc: any, ticket: any, service: any, qr?: string}} props */
export function Done({ env, m, local, doc, ticket, service, qr }) {
  const zone = doc?.time_zone;
  const paper = m.paperNow();
  const asked = local.asked()?.ticket === ticket.id;
  return html`
    <div class="done" data-paper=${paper} data-offline=${String(!!ticket.offline)}>
      <header class="done__head" role="status">
        ${icon(MARKS[paper])}
        ${paper === 'failed'
          ? html`<div><h1 tabindex="-1" data-focus>${t(failure(local))}</h1><p lang=${other()}>${say(other(), failure(local))}</p></div>`
          : html`<h1 tabindex="-1" data-focus>${t(HEADS[paper])}</h1>`}
        ${!m.low.value && html`<${Languages} m=${m} />`}
      </header>
      <div class="done__card" data-ticket=${ticket.id} data-number=${ticket.number}>
        <div class="done__words">
          <div class="upper done__upper">
            <p class="muted">${t('kiosk.done.number')}${ticket.priority && html` <span class="chip chip--priority">${t('priority')}</span>`}</p>
            <p class="number done__number" data-length=${ticket.number.length}>${ticket.number}</p>
            <p class="done__field" lang=${textLang(service.name)}>${text(service.name)}</p>
          </div>
          ${service.where && text(service.where) && html`<p class="done__where">${icon('armchair')} <span>${t('kiosk.done.where')} <b lang=${textLang(service.where)}>${text(service.where)}</b></span></p>`}
          ${!ticket.due_at && html`<${Hour} ticket=${ticket} zone=${zone} />`}
          <dl class="facts">
            ${!ticket.offline &&
            html`<div>
              <dt>${t('kiosk.done.before')}</dt>
              <dd class="num">${before(ticket)}</dd>
            </div>`}
            ${ticket.due_at
              ? html`<div><dt>${t('kiosk.appointment')}</dt><dd class="num">${clock(ticket.due_at, zone)}</dd></div>`
              : ticket.eta
              ? html`<div><dt>${t('kiosk.done.eta')}</dt><dd class="num">${clockRange(ticket.issued_at, ticket.eta.p50_s, ticket.eta.p90_s, zone)}</dd></div>`
              : !ticket.uncertain && html`<div><dt>${t('kiosk.done.taken')}</dt><dd class="num">${clock(ticket.issued_at, zone)}</dd></div>`}
          </dl>
        </div>
        <div class="done__code">
          <${Code} src=${qr ?? `/api/v1/tickets/${ticket.id}/qr.svg`} ticket=${ticket} brief=${paper === 'failed' || !!ticket.booked_at} />
        </div>
      </div>
      <${Countdown} m=${m} />
      ${asked ? html`<${Ask} local=${local} job=${local.asked()} />` : html`<${Actions} env=${env} m=${m} ticket=${ticket} />`}
      ${m.preview.value && html`<${Preview} env=${env} m=${m} ticket=${ticket} />`}
    </div>
  `;
}

/** The language that the page is not in: a failure is said in both. */
function other() {
  return lang.value === 'vi' ? 'en' : 'vi';
}

/** @param {import('./local.js').Local} local */
export function failure(local) {
  return local.printer()?.state === 'paper_out' ? 'kiosk.done.no_paper' : 'kiosk.done.no_print';
}

/** @param {any} ticket */
export function before(ticket) {
  if (ticket.ahead === null || ticket.ahead === undefined) return '–';
  return ticket.ahead === 0 ? t('kiosk.done.next') : t('kiosk.done.people', { n: ticket.ahead });
}

/** @param {{src: string, ticket: any, brief: boolean}} props */
function Code({ src, ticket, brief }) {
  const failed = useSignal(false);
  if (failed.value) return html`<p class="note note--warn">${icon('camera')} ${t('kiosk.done.no_code')}</p>`;
  return html`
    <img class="done__qr" src=${src} alt=${t('kiosk.done.code_alt', { number: ticket.number })} onError=${() => (failed.value = true)} />
    ${ticket.offline
      ? html`<p class="done__note">${t('kiosk.done.offline')}</p>`
      : html`<p class="done__note"><b>${t('kiosk.done.scan')}</b> ${t('kiosk.done.scan_why')}${!brief && html`<br />${t('kiosk.done.fair')}`}</p>`}
  `;
}

/** @param {{env: import('../core/page.js').Env, m: import('./machine.js').Machine, ticket: any}} props */
function Actions({ env, m, ticket }) {
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
  // A browser has no printer: what one would print can be looked at instead.
  const looks = env.device === 'browser';
  return html`
    <div class=${`actions ${looks ? 'actions--3' : ''}`}>
      ${m.mayCancel.value && html`<button type="button" class="btn btn--quiet" data-act="cancel" onClick=${m.askCancel}>${icon('undo-2')} ${t('kiosk.cancel')}</button>`}
      ${looks && html`<button type="button" class="btn" data-act="preview" onClick=${() => (m.preview.value = true)}>${icon('receipt')} ${t('kiosk.preview')}</button>`}
      <button type="button" class="btn btn--primary" data-act="finish" onClick=${m.reset}>${t('kiosk.finish')}</button>
    </div>
  `;
}

/**
 * The ticket as the printer prints it, the same picture dot for dot.
 * @param {{env: import('../core/page.js').Env, m: import('./machine.js').Machine, ticket: any}} props
 */
function Preview({ env, m, ticket }) {
  const src = env.ui.slip ? new URL(`../../fixtures/${env.ui.slip}`, import.meta.url).pathname : `/api/v1/tickets/${ticket.id}/ticket.png`;
  return html`
    <div class="preview" role="dialog" aria-modal="true" aria-label=${t('kiosk.preview.title')}>
      <p class="preview__title">${t('kiosk.preview.title')}</p>
      <div class="preview__paper"><img src=${src} alt=${t('kiosk.preview.alt', { number: ticket.number })} /></div>
      <button type="button" class="btn btn--primary" data-act="preview-close" onClick=${() => (m.preview.value = false)}>${t('close')}</button>
    </div>
  `;
}
