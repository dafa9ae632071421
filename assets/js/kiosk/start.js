// @ts-check
// The first screen: one card a field, and what stands in its way or how many wait.
import { html, signal, useLayoutEffect, useRef, useState } from '../core/dom.js';
import { t, text, lang, clockOrDay } from '../core/i18n.js';
import { now } from '../core/time.js';
import { icon } from '../core/icons.js';
import { Field } from './field.js';
import { groupsOf, servicesOf } from './settings.js';
import { Strips, notice } from './strips.js';

const WARN_S = 20;
const wide = matchMedia('(orientation: landscape)');
export const landscape = signal(wide.matches);
wide.addEventListener('change', () => (landscape.value = wide.matches));
/** Grows when what was measured no longer holds: the type has come, or the window is another. */
const measure = signal(0);
void document.fonts.ready.then(() => measure.value++);
document.fonts.addEventListener('loadingdone', () => measure.value++); // the marks' type may come after the letters'
addEventListener('resize', () => measure.value++);
matchMedia('(prefers-contrast: more)').addEventListener('change', () => measure.value++); // edges grow

/**
 * How many fields stand on one screen: eight cards, and a ninth takes a row of its own, so that
 * nobody turns a page for one field. Larger type and the lower part of the screen hold fewer.
 * @param {number} n fields
 * @param {import('./machine.js').Machine} m
 */
function perPage(n, m) {
  const large = m.large.value;
  if (m.low.value) return large ? (landscape.value ? 2 : 3) : 6;
  if (large) return landscape.value ? 4 : 5;
  return n <= 9 ? n : 8;
}

/**
 * @param {number} n fields on the screen
 * @param {import('./machine.js').Machine} m
 */
function columnsFor(n, m) {
  if (!landscape.value) return m.large.value ? 1 : 2;
  if (m.large.value) return 2;
  if (m.low.value) return 3;
  if (n <= 4) return 2;
  return n <= 6 || n === 9 ? 3 : 4;
}

/**
 * The screens of fields: by the centre's headings, else by number.
 * @param {any} doc
 * @param {string} device
 * @param {import('./machine.js').Machine} m
 * @param {number} fewer cards a screen, because long names need more room
 * @returns {{title: string, services: any[]}[]}
 */
function pagesOf(doc, device, m, fewer) {
  const groups = groupsOf(doc, device);
  const parts = groups.length
    ? groups.map((g) => ({ title: g.name ? text(g.name) : t('kiosk.group_rest'), services: g.services }))
    : [{ title: '', services: servicesOf(doc, device) }];
  return parts.flatMap(({ title, services }) => {
    let size = Math.max(1, Math.min(perPage(services.length, m), services.length) - fewer);
    while (fewer && size > 1 && size % columnsFor(size, m)) size--; // rows are full
    const count = Math.max(1, Math.ceil(services.length / size));
    return Array.from({ length: count }, (_, i) => ({
      title: title && count > 1 ? `${title} ${i + 1}/${count}` : title,
      services: services.slice(i * size, (i + 1) * size),
    }));
  });
}

/** @param {{m: import('./machine.js').Machine, doc: any, local: import('./local.js').Local, offline: string | null}} props */
export function Start({ m, doc, local, offline }) {
  const services = servicesOf(doc, local.device());
  const [fewer, list] = useFit(m, !!offline, m.suggested.value);
  const pages = pagesOf(doc, local.device(), m, fewer);
  const page = Math.min(m.page.value, pages.length - 1);
  const shown = pages[page].services;
  // The last twenty seconds are also said in words (WCAG 2.2.1).
  const left = m.left.value;
  const soon = left !== null && left <= WARN_S ? Math.ceil(left) : null;
  const columns = columnsFor(shown.length, m);
  const none = noneServes(services);
  return html`
    <div class="start">
      <div class="ask">
        <div class="upper">
          <h1 tabindex="-1" data-focus>${t(anyOpen(services) ? 'kiosk.ask' : 'kiosk.closed')}</h1>
          ${soon !== null
            ? html`<p class="num" role="timer"><b>${t('kiosk.countdown', { n: soon })}</b></p>`
            : html`<p class="muted" role="status">${notice(doc, local, offline) ?? subtitle(services, doc)}</p>`}
        </div>
        <button type="button" class="btn ask__search" data-act="search" onClick=${() => m.go({ name: 'search' })}>${icon('search')} ${t('kiosk.search')}</button>
      </div>
      <div class="strips"><${Strips} m=${m} doc=${doc} local=${local} /></div>
      ${pages[0].title && html`<${Tabs} m=${m} pages=${pages} page=${page} />`}
      <ul ref=${list} class=${`fields fields--${columns}`} data-rows=${Math.ceil(shown.length / columns)} data-n=${shown.length}>
        ${shown.map((/** @type {any} */ s) => html`<li key=${s.id}><${Field} s=${s} m=${m} doc=${doc} quiet=${none} unknown=${!!offline} /></li>`)}
      </ul>
      ${!pages[0].title && pages.length > 1 && html`<${Pager} m=${m} page=${page} pages=${pages.length} />`}
    </div>
  `;
}

/**
 * Cards take the height that their words need; when that is more than the screen has, fewer stand on
 * it. Found out before anything is drawn.
 * @param {import('./machine.js').Machine} m
 * @param {...any} more what else decides on the room
 * @returns {[number, {current: any}]}
 */
export function useFit(m, ...more) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const form = [lang.value, m.large.value, m.low.value, m.contrast.value, m.voice.value, landscape.value, measure.value, ...more].join();
  const [fit, setFit] = useState({ form, fewer: 0 });
  const fewer = fit.form === form ? fit.fewer : 0;
  useLayoutEffect(() => {
    const box = list.current;
    if (box && box.scrollHeight > box.clientHeight + 2 && box.children.length > 1) setFit({ form, fewer: fewer + 1 });
  });
  return [fewer, list];
}

/**
 * When nothing can be taken, the next hour at which something can is what people need.
 * @param {any[]} services
 * @param {any} doc
 */
function subtitle(services, doc) {
  if (noneServes(services)) return t('kiosk.no_counters');
  if (anyOpen(services)) return t('kiosk.ask_help');
  const times = services.map((s) => s.opens_at).filter(Boolean).sort();
  if (times.length === 0) return t('kiosk.closed_kept');
  return `${t('kiosk.closed_until', { time: clockOrDay(times[0], now.value, doc.time_zone) })} ${t('kiosk.closed_kept')}`;
}

/** No counter is open for any field: said once above the cards instead of on each.
 * @param {any[]} services */
export function noneServes(services) {
  return anyOpen(services) && services.every((s) => s.open_counters === 0);
}

/** @param {any[]} services */
export function anyOpen(services) {
  return services.some((s) => s.open);
}

/** @param {{m: import('./machine.js').Machine, pages: {title: string}[], page: number}} props */
function Tabs({ m, pages, page }) {
  const turn = (/** @type {number} */ to) => () => {
    m.page.value = to;
    m.refill();
  };
  return html`
    <nav class="tabs" aria-label=${t('kiosk.pages')}>
      ${pages.map((p, i) => html`<button type="button" key=${p.title} aria-current=${i === page ? 'true' : undefined} onClick=${turn(i)}>${p.title}</button>`)}
    </nav>
  `;
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
