// @ts-check
// The screen at the entrance: is it open, how full is it, where does one begin.
import { html } from '../core/dom.js';
import { t, text, say } from '../core/i18n.js';
import { now } from '../core/time.js';
import { icon } from '../core/icons.js';
import { within } from './settings.js';
import { both, second } from './words.js';

/** @param {{doc: any}} props */
export function Summary({ doc }) {
  const waiting = doc.services.reduce((/** @type {number} */ n, /** @type {any} */ s) => n + s.waiting, 0);
  const open = doc.counters.filter((/** @type {any} */ c) => c.state === 'open' || c.ticket_number).length;
  const long = doc.services.some((/** @type {any} */ s) => text(s.name).length > 40);
  const many = doc.services.length > 9;
  return html`
    <div class="hall">
      <section class="hall__facts">
        <div class="hall__fact"><h2 class="hall__label">${both('display.hall.waiting')}</h2><p class="hall__n num" data-waiting=${waiting}>${waiting}</p></div>
        <div class="hall__fact">
          <h2 class="hall__label">${both('display.hall.open')}</h2>
          <p class="hall__n num" data-open=${open}>${open}<span class="hall__of">/${doc.counters.length}</span></p>
        </div>
        <${Hours} doc=${doc} />
      </section>
      <section class="hall__lines">
        <h2 class="sr-only">${t('display.lines')}</h2>
        <table class="hall__table" data-many=${String(many)} data-long=${String(long)}>
          <thead>
            <tr><th scope="col">${both('display.hall.field')}</th><th scope="col">${both('display.lines')}</th><th scope="col">${both('display.hall.counters')}</th></tr>
          </thead>
          <tbody>
            ${doc.services.map((/** @type {any} */ s) => html`<${Line} key=${s.id} s=${s} doc=${doc} />`)}
          </tbody>
        </table>
      </section>
    </div>
  `;
}

/** @param {{s: any, doc: any}} props */
function Line({ s, doc }) {
  const at = doc.counters.filter((/** @type {any} */ c) => c.state !== 'closed' && (c.services ?? []).includes(s.id)).map((/** @type {any} */ c) => c.number);
  const places = at.length > 6 ? [...at.slice(0, 5), '…'] : at;
  return html`
    <tr data-service=${s.id}>
      <th scope="row">${text(s.name)}<span class="second" lang=${second()}>${text(s.name, second())}</span></th>
      <td class="num hall__count">${s.waiting}</td>
      <td class="num">${s.pause ? html`<em>${t('display.field_paused')}</em>` : places.length ? places.join(', ') : '–'}</td>
    </tr>
  `;
}

/** Today's hours, and whether numbers are given out now. @param {{doc: any}} props */
function Hours({ doc }) {
  if (!Array.isArray(doc.today)) return null;
  const day = doc.today.length === 1 && doc.today[0].from === '00:00' && doc.today[0].to === '24:00';
  const open = doc.today.some((/** @type {any} */ s) => within(s, now.value, doc.time_zone));
  const key = open ? 'display.hall.now_open' : 'display.hall.now_closed';
  return html`
    <div class="hall__fact hall__fact--hours" data-open=${String(open)}>
      <h2 class="hall__label">${icon('clock')}<b>${t(key)}</b><span class="second" lang=${second()}>${say(second(), key)}</span></h2>
      <p class="hall__hours num">
        ${doc.today.length === 0
          ? t('display.hall.no_hours')
          : day
            ? t('display.hall.all_day')
            : doc.today.map((/** @type {any} */ s) => html`<span key=${s.from}>${s.from}–${s.to}</span>`)}
      </p>
    </div>
  `;
}
