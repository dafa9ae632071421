// @ts-check
// Quiet lines over the fields: what is different today, and what staff should see in passing.
import { html } from '../core/dom.js';
import { t, text, clock } from '../core/i18n.js';
import { icon } from '../core/icons.js';

/** States of a printer about which something can be done. */
const TOLD = ['near_end', 'paper_out', 'cover_open', 'offline', 'error'];

/**
 * What is different about this machine just now, in one line; null when all is well.
 * @param {any} doc
 * @param {import('./local.js').Local} local
 * @param {string | null} offline since when
 */
export function notice(doc, local, offline) {
  const printer = local.printer()?.state;
  if (offline) return html`${icon('wifi-off')} ${t('kiosk.offline', { time: clock(offline, doc.time_zone) })}`;
  return TOLD.includes(printer) ? html`${icon('printer')} ${t(`kiosk.printer.${printer}`)}` : null;
}

/** @param {{m: import('./machine.js').Machine, doc: any, local: import('./local.js').Local}} props */
export function Strips({ m, doc, local }) {
  return html`
    ${local.asked() && html`<${Ask} local=${local} job=${local.asked()} />`}
    ${suggestion(m, doc).map((words) => html`<p class="strip strip--card" role="status">${icon('id-card')}<span>${words}</span></p>`)}
  `;
}

/**
 * After a print that was interrupted: only people can see whether the paper came out.
 * @param {{local: import('./local.js').Local, job: any}} props
 */
export function Ask({ local, job }) {
  return html`
    <div class="strip strip--ask" role="alert">
      <p>${icon('printer')}<span>${t('kiosk.reprint.ask', { number: job.number })}</span></p>
      <button type="button" class="btn" data-act="printed" onClick=${() => local.print(job.ticket, false)}>${t('kiosk.reprint.no')}</button>
      <button type="button" class="btn btn--primary" data-act="reprint" onClick=${() => local.print(job.ticket, true)}>${t('kiosk.reprint.yes')}</button>
    </div>
  `;
}

/**
 * A citizen card was read: it suggests, and nothing of it is kept.
 * @param {import('./machine.js').Machine} m
 * @param {any} doc
 * @returns {string[]} nothing when none was read
 */
export function suggestion(m, doc) {
  if (m.suggested.value === null) return [];
  const group = doc.priorities.find((/** @type {any} */ g) => g.id === m.suggested.value);
  return [group ? t('kiosk.card.group', { group: text(group.name) }) : t('kiosk.card.none')];
}
