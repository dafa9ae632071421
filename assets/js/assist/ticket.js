// @ts-check
// One ticket, large enough to be scanned from the helper's phone, and what may be done with it.
import { html, useSignal } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { t, text, clock } from '../core/i18n.js';
import { Dialog } from '../desk/dialog.js';
import { PrintSlip } from '../desk/print.js';
import { fieldName, groupName, stateName, whyText } from '../desk/words.js';

/** @param {{helper: import('./helper.js').Helper}} props */
export function Ticket({ helper }) {
  const d = helper.source.data.value;
  const k = helper.ticket.value;
  const fresh = helper.fresh.value;
  const off = helper.blocked();
  const waits = k.state === 'waiting';
  const changing = useSignal(!!helper.env.ui.changing);
  const field = d.services.find((/** @type {any} */ s) => s.id === k.service);
  const ended = ['done', 'cancelled', 'expired'].includes(k.state);
  return html`<${Dialog} title=${fresh ? t('assist.issued') : t('assist.ticket')} onClose=${() => (helper.ticket.value = null)}>
    <div class="a-ticket">
      <p class=${`number a-number ${k.number.length > 4 ? 'a-number--long' : ''}`}>${k.number}</p>
      <p class="a-of">${fieldName(d, k.service)} ${k.priority ? html`<span class="chip chip--priority">${t('priority')}: ${groupName(d, k.priority)}</span>` : null}</p>
      ${ended
        ? null
        : html`<img class="a-qr" src=${helper.env.ui.qr ?? `/api/v1/tickets/${k.id}/qr.svg`} alt=${t('assist.qr', { number: k.number })} width="300" height="300" /><p class="a-scan">${t('assist.scan')}</p>`}
      <p class="a-now">
        <span class=${`chip a-st a-st--${k.state}`}>${stateName(k.state)}</span>
        ${k.ahead !== null && k.ahead !== undefined ? html` <strong class="num">${k.ahead === 0 ? t('assist.next') : t('assist.before', { n: k.ahead })}</strong>` : null}
        ${k.counter && !waits ? html` <strong class="num">${t('counter.n', { n: k.counter })}</strong>` : null}
      </p>
      <p class="muted num">${t('assist.taken', { time: clock(k.issued_at, d.time_zone) })}${waits && field && text(field.where) ? ` · ${text(field.where)}` : ''}</p>
      ${k.booked_at && waits ? html`<p class="muted num">${whyText({ why: 'arrival', booked_at: k.booked_at, due_at: k.due_at }, d.time_zone)}</p>` : null}
    </div>
    ${helper.toast.value ? html`<p class=${`note ${helper.toast.value.bad ? 'note--bad' : ''}`} role="status">${helper.toast.value.say}</p>` : null}
    <div class="a-do">
      ${ended ? null : html`<${PrintSlip} printing=${helper.printing} doc=${d} ticket=${k.id} off=${off} />`}
      ${k.state === 'missed' && helper.still(k.return_by)
        ? html`<button type="button" class="btn btn--primary" disabled=${off} onClick=${() => helper.change(k.id, 'return', {})}>${icon('user-check')} ${t('desk.isback')}</button>`
        : null}
      ${k.state === 'cancelled' && helper.still(k.restore_by)
        ? html`<button type="button" class="btn btn--primary" disabled=${off} onClick=${() => helper.change(k.id, 'restore', {})}>${icon('undo-2')} ${t('assist.restore')}</button>`
        : null}
      ${waits || k.state === 'called'
        ? changing.value
          ? html`<div class="field">
                <label for="t-field">${t('desk.changefield')}</label>
                <select class="input" id="t-field" disabled=${off} onChange=${(/** @type {any} */ e) => helper.change(k.id, 'change-service', { service: e.target.value })}>
                  ${d.services.map((/** @type {any} */ s) => html`<option value=${s.id} selected=${s.id === k.service}>${text(s.name)}</option>`)}
                </select>
              </div>
              <div class="field">
                <label for="t-group">${t('desk.setpriority')}</label>
                <select class="input" id="t-group" disabled=${off} onChange=${(/** @type {any} */ e) => helper.change(k.id, 'set-priority', { priority: e.target.value })}>
                  <option value="" selected=${!k.priority}>${t('desk.nopriority')}</option>
                  ${d.priorities.map((/** @type {any} */ c) => html`<option value=${c.id} selected=${c.id === k.priority}>${text(c.name)}</option>`)}
                </select>
              </div>`
          : html`<button type="button" class="btn" onClick=${() => (changing.value = true)}>${icon('pencil')} ${t('assist.change')}</button>`
        : null}
      ${fresh ? html`<button type="button" class="btn btn--primary" onClick=${() => (helper.ticket.value = null)}>${t('assist.done')}</button>` : null}
      ${waits ? html`<button type="button" class="btn btn--quiet a-cancel" disabled=${off} onClick=${() => helper.change(k.id, 'cancel', {})}>${t('assist.cancel')}</button>` : null}
    </div>
  <//>`;
}
