// @ts-check
// Whole-screen notices: cancelled, refused, not found, enough for one sitting.
import { html } from '../core/dom.js';
import { t, errorText, has, clockOrDay } from '../core/i18n.js';
import { now } from '../core/time.js';
import { icon } from '../core/icons.js';
import { Countdown } from './countdown.js';
import { sentences } from './words.js';

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

/** Enough for one sitting, and why.
 * @param {{m: import('./machine.js').Machine}} props */
export function Limit({ m }) {
  return html`
    <div class="full" role="status" data-code="limit">
      <span class="full__mark full__mark--quiet">${icon('users')}</span>
      <h1 tabindex="-1" data-focus>${t('kiosk.session', { n: m.settings().sessionLimit })}</h1>
      <p>${sentences(t('kiosk.session_why'))}</p>
      <button type="button" class="btn btn--primary" data-act="to-start" onClick=${m.reset}>${t('kiosk.to_start')}</button>
      <${Countdown} m=${m} />
    </div>
  `;
}

/** What was scanned leads nowhere.
 * @param {{m: import('./machine.js').Machine, why: string}} props */
export function Missing({ m, why }) {
  return html`
    <div class="full" role="status" data-code=${`missing-${why}`}>
      <span class="full__mark full__mark--quiet">${icon(why === 'network' ? 'wifi-off' : 'scan-line')}</span>
      <h1 tabindex="-1" data-focus>${t(`kiosk.missing.${why}`)}</h1>
      <p>${sentences(t(`kiosk.missing_more.${why}`))}</p>
      ${why === 'network'
        ? html`<button type="button" class="btn btn--primary" data-act="plain" onClick=${m.back}>${icon('ticket')} ${t('kiosk.appointment.plain')}</button>`
        : html`<button type="button" class="btn btn--primary" data-act="to-start" onClick=${m.reset}>${t('kiosk.to_start')}</button>`}
      <${Countdown} m=${m} />
    </div>
  `;
}

/** @param {{m: import('./machine.js').Machine, doc: any, error: any, journey: any}} props */
export function Failed({ m, doc, error, journey }) {
  const code = error?.code ?? 'internal';
  const again = ['network', 'offline', 'busy', 'internal', 'rate_limited', 'storage_unavailable', 'clock_unconfirmed'].includes(code);
  return html`
    <div class="full" role="alert" data-code=${code}>
      <span class="full__mark full__mark--bad">${icon(code === 'network' ? 'wifi-off' : 'circle-alert')}</span>
      <h1 tabindex="-1" data-focus>${t('kiosk.error')}</h1>
      <p>${sentences(refusal(error, doc))}</p>
      <div class="actions">
        <button type="button" class=${again ? 'btn' : 'btn btn--primary'} onClick=${m.reset}>${t('kiosk.to_start')}</button>
        ${again && html`<button type="button" class="btn btn--primary" data-act="again" data-times=${journey?.again} onClick=${m.retry}>${icon('rotate-ccw')} ${t('kiosk.again')}</button>`}
      </div>
      <${Countdown} m=${m} />
    </div>
  `;
}

/**
 * Why there is no number, and what to do about it.
 * @param {any} error
 * @param {any} doc
 */
export function refusal(error, doc) {
  const code = error?.code ?? 'internal';
  const at = error?.more?.opens_at ?? error?.more?.until;
  const time = at ? clockOrDay(at, now.value, doc?.time_zone) : '';
  const exact = `kiosk.error.${code}${time ? '.at' : ''}`;
  if (has(exact)) return t(exact, { time });
  return has(`kiosk.error.${code}`) ? t(`kiosk.error.${code}`) : errorText(error);
}
