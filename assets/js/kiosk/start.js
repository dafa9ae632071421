// @ts-check
// The first screen: one card a field, and what stands in its way or how many wait.
import { html, signal } from '../core/dom.js';
import { t, text, textLang, range, clockOrDay, sameDay } from '../core/i18n.js';
import { now } from '../core/time.js';
import { icon } from '../core/icons.js';

const WARN_S = 20;
const wide = matchMedia('(orientation: landscape)');
const landscape = signal(wide.matches);
wide.addEventListener('change', () => (landscape.value = wide.matches));

/**
 * How many fields stand on one screen. All of them if they fit, so that two touches suffice.
 * @param {number} n fields
 * @param {boolean} large
 */
function perPage(n, large) {
  if (large) return landscape.value ? 4 : 5;
  if (n <= (landscape.value ? 12 : 10)) return n;
  return 8;
}

/**
 * @param {number} n fields on the screen
 * @param {boolean} large
 */
function columnsFor(n, large) {
  // Nine stand three by three, so that none is left over.
  if (!landscape.value) return large ? 1 : n === 9 ? 3 : 2;
  if (large || n <= 4) return 2;
  return n <= 6 || n === 9 ? 3 : 4;
}

/** @param {{m: import('./machine.js').Machine, doc: any}} props */
export function Start({ m, doc }) {
  const services = doc.services;
  const size = Math.max(1, perPage(services.length, m.large.value));
  const pages = Math.max(1, Math.ceil(services.length / size));
  const page = Math.min(m.page.value, pages - 1);
  const shown = services.slice(page * size, (page + 1) * size);
  // The last twenty seconds are also said in words (WCAG 2.2.1).
  const left = m.left.value;
  const soon = left !== null && left <= WARN_S ? Math.ceil(left) : null;
  const columns = columnsFor(shown.length, m.large.value);
  return html`
    <div class="start">
      <div class="ask">
        <h1 tabindex="-1" data-focus>${title(doc)}</h1>
        ${soon !== null
          ? html`<p class="num" role="timer"><b>${t('kiosk.countdown', { n: soon })}</b></p>`
          : html`<p class="muted">${subtitle(doc)}</p>`}
      </div>
      <ul class=${`fields fields--${columns}`} data-rows=${Math.ceil(shown.length / columns)}>
        ${shown.map((/** @type {any} */ s) => html`<li key=${s.id}><${Field} s=${s} m=${m} doc=${doc} /></li>`)}
      </ul>
      ${pages > 1 && html`<${Pager} m=${m} page=${page} pages=${pages} />`}
    </div>
  `;
}

/** @param {any} doc */
function title(doc) {
  return anyOpen(doc) ? t('kiosk.ask') : t('kiosk.closed');
}

/** When nothing can be taken, the next hour at which something can is what people need. */
function subtitle(/** @type {any} */ doc) {
  if (noneServes(doc)) return t('kiosk.no_counters');
  if (anyOpen(doc)) return t('kiosk.ask_help');
  const times = doc.services.map((/** @type {any} */ s) => s.opens_at).filter(Boolean).sort();
  if (times.length === 0) return t('kiosk.closed_kept');
  return `${t('kiosk.closed_until', { time: clockOrDay(times[0], now.value, doc.time_zone) })} ${t('kiosk.closed_kept')}`;
}

/** No counter is open for any field: said once above the cards instead of on each.
 * @param {any} doc */
function noneServes(doc) {
  return anyOpen(doc) && doc.services.every((/** @type {any} */ s) => s.open_counters === 0);
}

/** @param {any} doc */
function anyOpen(doc) {
  return doc.services.some((/** @type {any} */ s) => s.open);
}

/** @param {{s: any, m: import('./machine.js').Machine, doc: any}} props */
function Field({ s, m, doc }) {
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
      <span class="field-card__foot">${foot(s, doc)}</span>
    </button>
  `;
}

/**
 * The wait, or why there is none. It stands on the card because it is said before the touch.
 * @param {any} s
 * @param {any} doc
 */
function foot(s, doc) {
  if (!s.open) {
    const [words, when] = why(s, doc);
    return html`<span>${words}</span>${when && html`<b class="num nowrap">${when}</b>`}`;
  }
  if (s.open_counters === 0 && !noneServes(doc)) {
    return html`<span class="field-card__warn">${s.waiting > 0 && html`${waiting(s)} · `}${t('kiosk.no_counter')}</span>`;
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
function why(s, doc) {
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

/** @param {{m: import('./machine.js').Machine, page: number, pages: number}} props */
function Pager({ m, page, pages }) {
  const turn = (/** @type {number} */ by) => () => {
    m.page.value = page + by;
    m.refill();
  };
  return html`
    <nav class="pager" aria-label=${t('kiosk.pages')}>
      <button type="button" class="btn" disabled=${page === 0} onClick=${turn(-1)}>${icon('chevron-left')} ${t('kiosk.page_before')}</button>
      <span class="num">${t('kiosk.page', { page: page + 1, pages })}</span>
      <button type="button" class="btn" disabled=${page === pages - 1} onClick=${turn(1)}>${t('kiosk.page_after')} ${icon('chevron-right')}</button>
    </nav>
  `;
}
