// @ts-check
// The card of one field: what it covers, and the wait or what stands in its way. That stands on the
// card because it is said before the touch.
import { html } from '../core/dom.js';
import { t, text, textLang, range, clockOrDay, sameDay } from '../core/i18n.js';
import { now } from '../core/time.js';
import { icon } from '../core/icons.js';

/**
 * @param {{s: any, m: import('./machine.js').Machine, doc: any, quiet?: boolean, unknown?: boolean}} props
 *   quiet: that no counter is open is said elsewhere; unknown: the server is away, and so is the wait
 */
export function Field({ s, m, doc, quiet = false, unknown = false }) {
  const paused = s.closed === 'paused' && s.pause?.reason;
  return html`
    <button
      type="button"
      class="field-card"
      data-service=${s.id}
      data-open=${String(s.open)}
      aria-disabled=${s.open ? undefined : 'true'}
      onClick=${() => m.choose(s)}
    >
      <span class="field-card__head">
        <span class="field-card__icon">${icon(s.icon || 'file-text')}</span>
        <span class="field-card__name" lang=${textLang(s.name)}>${text(s.name)}</span>
      </span>
      <span class="field-card__hint" lang=${textLang(s.hint)}>${paused ? s.pause.reason : text(s.hint)}</span>
      <span class="field-card__foot">${foot(s, doc, quiet, unknown)}</span>
    </button>
  `;
}

/**
 * @param {any} s
 * @param {any} doc
 * @param {boolean} quiet
 * @param {boolean} unknown
 */
function foot(s, doc, quiet, unknown) {
  if (!s.open) {
    const [words, when] = why(s, doc);
    return html`<span>${words}</span>${when && html`<b class="num nowrap">${when}</b>`}`;
  }
  if (unknown) return html`<span>${t('kiosk.wait_unknown')}</span>`;
  if (s.open_counters === 0 && !quiet) {
    if (s.waiting === 0) return html`<span class="field-card__warn">${t('kiosk.no_counter_card')}</span>`;
    return html`<span class="nowrap">${waiting(s)}</span><span class="field-card__warn">${t('kiosk.no_counter_after')}</span>`;
  }
  if (s.waiting === 0) return html`<span>${t('kiosk.nobody')}</span>`;
  return html`<span class="nowrap">${waiting(s)}</span>${s.eta && html`<b class="num nowrap">${range(s.eta.p50_s, s.eta.p90_s)}</b>`}`;
}

/** @param {any} s */
function waiting(s) {
  return html`${t('kiosk.waiting')} <b class="num">${s.waiting}</b>`;
}

/**
 * @param {any} s
 * @param {any} doc
 * @returns {[string, string]}
 */
export function why(s, doc) {
  const at = s.closed === 'paused' ? s.pause?.until : s.opens_at;
  const when = at ? clockOrDay(at, now.value, doc.time_zone) : '';
  switch (s.closed) {
    case 'paused':
      return when ? [t('kiosk.paused_until'), when] : [t('kiosk.paused'), ''];
    case 'limit':
      return [t('kiosk.limit'), ''];
    case 'day_ended':
      return [t('kiosk.day_ended'), ''];
    default:
      if (!when) return [t('kiosk.outside'), ''];
      return [t(sameDay(at, now.value, doc.time_zone) ? 'kiosk.opens' : 'kiosk.opens_day'), when];
  }
}
