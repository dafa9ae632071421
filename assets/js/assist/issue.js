// @ts-check
// Two touches to a number: the field, then whether with priority.
import { html, useSignal, useRef } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { newTicketId } from '../core/api.js';
import { t, text, clockOrDay } from '../core/i18n.js';
import { now } from '../core/time.js';
import { Dialog } from '../desk/dialog.js';

/** @param {{helper: import('./helper.js').Helper}} props */
export function Issue({ helper }) {
  const d = helper.source.data.value;
  const field = d.services.find((/** @type {any} */ s) => s.id === helper.chosen.value);
  return html`<section aria-labelledby="issue-h">
    <h2 id="issue-h">${t('assist.choose')}</h2>
    <ul class="a-fields">
      ${d.services.map(
        (/** @type {any} */ s) => html`<li key=${s.id}>
          <button type="button" class="btn a-field" disabled=${!s.open || helper.blocked()} onClick=${() => (helper.chosen.value = s.id)}>
            <span class="a-sign">${icon(s.icon)}</span>
            <span class="a-what"><strong>${text(s.name)}</strong><small>${s.open ? text(s.hint) : closed(s, d.time_zone)}</small></span>
            <span class="a-wait num">${s.open_counters === 0 && s.open ? t('assist.nodesk') : t('assist.waiting', { n: s.waiting })}</span>
          </button>
        </li>`,
      )}
    </ul>
    ${field ? html`<${Priority} helper=${helper} field=${field} key=${field.id} />` : null}
  </section>`;
}

/** Why a field gives no number now. @param {any} s @param {string} zone */
export function closed(s, zone) {
  if (s.closed === 'paused' && s.pause) {
    return s.pause.until ? t('assist.closed.paused.until', { reason: s.pause.reason, time: clockOrDay(s.pause.until, now.value, zone) }) : t('assist.closed.paused', { reason: s.pause.reason });
  }
  if (s.closed === 'limit') return t('assist.closed.limit');
  if (s.closed === 'day_ended') return t('assist.closed.day_ended');
  return s.opens_at ? t('assist.closed.hours.at', { time: clockOrDay(s.opens_at, now.value, zone) }) : t('assist.closed.hours');
}

/** @param {{helper: import('./helper.js').Helper, field: any}} props */
function Priority({ helper, field }) {
  const d = helper.source.data.value;
  const group = useSignal('');
  const english = useSignal(false);
  const id = useRef(newTicketId());
  const basis = d.priorities.find((/** @type {any} */ c) => c.id === group.value)?.basis;
  /** @param {Event} e */
  function go(e) {
    e.preventDefault();
    void helper.issue({ id: id.current, service: field.id, priority: group.value, language: english.value ? 'en' : 'vi' });
  }
  const groups = [{ id: '', name: { vi: '' } }, ...d.priorities];
  return html`<${Dialog} title=${text(field.name)} onClose=${() => (helper.chosen.value = null)}>
    <form class="stack" onSubmit=${go}>
      <p class="muted num">${field.open_counters ? t('assist.ahead', { n: field.waiting }) : t('assist.nodesk.say')}</p>
      <fieldset class="a-groups">
        <legend>${t('assist.priority')}</legend>
        ${groups.map(
          (c) => html`<label key=${c.id} class=${c.id ? 'a-prio' : ''}>
            <input type="radio" name="group" value=${c.id} checked=${group.value === c.id} onChange=${() => (group.value = c.id)} />
            <span>${c.id ? text(c.name) : t('desk.nopriority')}</span>
          </label>`,
        )}
      </fieldset>
      <p class="a-basis">${basis ? text(basis) : t('assist.confirm')}</p>
      <label class="a-check"><input type="checkbox" checked=${english.value} onChange=${(/** @type {any} */ e) => (english.value = e.target.checked)} /> ${t('assist.english')}</label>
      <button class="btn btn--primary a-go" disabled=${helper.blocked()} data-first>${icon('ticket')} ${t('assist.issue')}</button>
      ${helper.toast.value?.bad ? html`<p class="note note--bad" role="alert">${helper.toast.value.say}</p>` : null}
    </form>
  <//>`;
}
