// @ts-check
// Booking an hour: the field, the day, one of the hours that are free, and if there is one the code
// of the dossier, whose receipt then finds the appointment at the kiosk. Nobody is named.
import { html, useSignal, useEffect, useRef } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { newTicketId } from '../core/api.js';
import { t, text, clock } from '../core/i18n.js';
import { now } from '../core/time.js';
import { Dialog } from '../desk/dialog.js';
import { Days, dayOf } from './appointments.js';

/** @param {{helper: import('./helper.js').Helper}} props */
export function Book({ helper }) {
  const d = helper.source.data.value;
  const ui = helper.env.ui.book ?? {};
  const field = useSignal(ui.field ?? d.services[0]?.id ?? '');
  const day = useSignal(ui.day ?? dayOf(now.peek(), d.time_zone));
  const hours = useSignal(/** @type {{at: string, left: number}[] | null} */ (ui.hours ?? null));
  const at = useSignal(ui.at ?? '');
  const reference = useSignal('');
  const group = useSignal('');
  const english = useSignal(false);
  const id = useRef(newTicketId());

  useEffect(() => {
    if (helper.env.frozen) return;
    let gone = false;
    hours.value = null;
    at.value = '';
    void helper.bookable(field.value, day.value).then((list) => {
      if (!gone) hours.value = list ?? [];
    });
    return () => (gone = true);
  }, [field.value, day.value]);

  /** @param {Event} e */
  function go(e) {
    e.preventDefault();
    if (!at.value) return;
    const code = reference.value.trim();
    void helper.book({
      id: id.current,
      service: field.value,
      at: at.value,
      language: english.value ? 'en' : 'vi',
      ...(group.value ? { priority: group.value } : {}),
      ...(code ? { reference: code } : {}),
    });
  }

  return html`<${Dialog} title=${t('assist.book')} onClose=${() => (helper.booking.value = false)}>
    <form class="stack" onSubmit=${go}>
      <div class="field">
        <label for="b-field">${t('desk.field')}</label>
        <select class="input" id="b-field" data-first onChange=${(/** @type {any} */ e) => (field.value = e.target.value)}>
          ${d.services.map((/** @type {any} */ s) => html`<option value=${s.id} selected=${s.id === field.value}>${text(s.name)}</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="b-day">${t('assist.day')}</label>
        <${Days} id="b-day" at=${day} doc=${d} />
      </div>
      <fieldset class="a-hours">
        <legend>${t('assist.time')}</legend>
        ${hours.value === null ? html`<p class="muted" role="status">${t('connecting')}</p>` : null}
        ${hours.value?.length === 0 ? html`<p class="muted">${t('assist.time.none')}</p>` : null}
        ${hours.value?.map(
          (h) => html`<label key=${h.at} class="num" data-full=${h.left === 0 ? '' : undefined}>
            <input type="radio" name="hour" value=${h.at} checked=${at.value === h.at} disabled=${h.left === 0} onChange=${() => (at.value = h.at)} />
            <span>${clock(h.at, d.time_zone)}${h.left === 0 ? html`<small>${t('assist.time.full')}</small>` : null}</span>
          </label>`,
        )}
      </fieldset>
      <div class="field">
        <label for="b-reference">${t('assist.reference.optional')}</label>
        <input class="input" id="b-reference" maxlength="64" autocomplete="off" autocapitalize="characters" onInput=${(/** @type {any} */ e) => (reference.value = e.target.value)} />
      </div>
      <div class="field">
        <label for="b-group">${t('assist.priority')}</label>
        <select class="input" id="b-group" onChange=${(/** @type {any} */ e) => (group.value = e.target.value)}>
          <option value="">${t('desk.nopriority')}</option>
          ${d.priorities.map((/** @type {any} */ c) => html`<option value=${c.id}>${text(c.name)}</option>`)}
        </select>
      </div>
      <label class="a-check"><input type="checkbox" checked=${english.value} onChange=${(/** @type {any} */ e) => (english.value = e.target.checked)} /> ${t('assist.english')}</label>
      <button class="btn btn--primary a-go" disabled=${helper.blocked() || !at.value}>${icon('calendar-clock')} ${at.value ? t('assist.book.at', { time: clock(at.value, d.time_zone) }) : t('assist.time.choose')}</button>
      ${helper.toast.value?.bad ? html`<p class="note note--bad" role="alert">${helper.toast.value.say}</p>` : null}
    </form>
  <//>`;
}
