// @ts-check
// The kiosk: choose a field, answer one question, take a number. What it does is in machine.js;
// this file puts the screens around it.
import { html, mountInto, effect, useEffect, useLayoutEffect, useRef } from './core/dom.js';
import { t, lang, setLang, preload, clock } from './core/i18n.js';
import { icon } from './core/icons.js';
import { nameParts } from './core/names.js';
import { boot } from './core/page.js';
import { machine, guardDoubleTouch } from './kiosk/machine.js';
import { Start } from './kiosk/start.js';
import { Priority } from './kiosk/priority.js';
import { Done, Cancelled, Failed } from './kiosk/done.js';
import { sentences } from './kiosk/words.js';
import { Edge } from './kiosk/countdown.js';

/** @typedef {import('./core/page.js').Env} Env */
/** @typedef {import('./kiosk/machine.js').Machine} Machine */

/**
 * @param {HTMLElement} root
 * @param {Env} env
 */
export function mount(root, env) {
  const m = machine(env);
  const { ui } = env;
  if (ui.screen) m.go(ui.screen);
  m.large.value = !!ui.large;
  m.contrast.value = !!ui.contrast;
  m.page.value = ui.page ?? 0;
  m.cancelling.value = ui.cancelling ?? '';
  if (ui.left !== undefined) m.left.value = ui.left;

  guardDoubleTouch(root);
  for (const kind of ['pointerdown', 'keydown']) root.addEventListener(kind, m.refill, { capture: true });
  root.addEventListener('contextmenu', (ev) => ev.preventDefault()); // a long press is a slow touch
  effect(() => {
    toggle('data-contrast', m.contrast.value ? 'more' : null);
    toggle('data-text', m.large.value ? 'large' : null);
  });
  effect(() => {
    if (env.source.connected.value) void m.clearOrphans();
  });
  void preload('en');
  mountInto(html`<${Kiosk} env=${env} m=${m} />`, root);
}

/**
 * @param {string} name
 * @param {string | null} value
 */
function toggle(name, value) {
  if (value) document.documentElement.setAttribute(name, value);
  else document.documentElement.removeAttribute(name);
}

/** @param {{env: Env, m: Machine}} props */
function Kiosk({ env, m }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const at = m.screen.value;
  const trouble = at.name === 'start' || at.name === 'priority' ? away(env) : null;
  const name = trouble ? 'away' : at.name;
  // A person who reads with a screen reader is told of the new screen by its heading.
  useLayoutEffect(() => {
    if (name === 'start' && document.activeElement === document.body) return;
    /** @type {HTMLElement | null | undefined} */ (box.current?.querySelector('[data-focus]'))?.focus({ preventScroll: true });
  }, [name]);
  // Someone who was asked while the connection broke is let go.
  useEffect(() => {
    if (trouble && at.name === 'priority') m.reset();
  }, [!!trouble, at.name]);
  return html`
    <div class="kiosk" ref=${box} data-screen=${name} data-lang=${lang.value}>
      ${name !== 'done' && html`<${Head} env=${env} m=${m} />`}
      <div class="kiosk__body" aria-busy=${name === 'issuing' ? 'true' : undefined}>${trouble ?? body(env, m, at)}</div>
      ${name === 'start' && html`<${Tools} m=${m} />`}
    </div>
  `;
}

/**
 * @param {Env} env
 * @param {Machine} m
 * @param {import('./kiosk/machine.js').Screen} at
 */
function body(env, m, at) {
  const doc = env.source.data.value;
  switch (at.name) {
    case 'priority':
      return html`<${Priority} m=${m} doc=${doc} service=${at.service} />`;
    case 'issuing':
      return html`<div class="full" role="status"><span class="full__mark full__mark--wait">${icon('loader-circle')}</span><h1 tabindex="-1" data-focus>${t('kiosk.issuing')}</h1><p>${t('kiosk.issuing_more')}</p></div>`;
    case 'done':
      return html`<${Done} m=${m} doc=${doc} ticket=${at.ticket} service=${at.service} qr=${env.ui.qr && new URL(`../fixtures/${env.ui.qr}`, import.meta.url).pathname} />`;
    case 'cancelled':
      return html`<${Cancelled} m=${m} ticket=${at.ticket} />`;
    case 'error':
      return html`<${Failed} m=${m} doc=${doc} error=${at.error} journey=${at.journey} />`;
    default:
      return html`<${Start} m=${m} doc=${doc} /><${Edge} m=${m} />`;
  }
}

/**
 * Why nothing can be taken at all, as a whole screen; null when all is well.
 * @param {Env} env
 */
function away(env) {
  const { data, stale, since, error } = env.source;
  const doc = data.value;
  if (error.value && [401, 403, 404].includes(error.value.status)) return Full('lock', t('kiosk.not_allowed'), t('kiosk.not_allowed_more'), error.value.code);
  if (stale.value) {
    const time = since.value && clock(since.value, doc?.time_zone);
    return Full('wifi-off', time ? t('stale', { time }) : t('stale.unknown'), t('kiosk.away_more'), 'stale');
  }
  if (!doc) return Full('loader-circle', t('connecting'), t('kiosk.ask_help'), 'connecting');
  if (doc.trouble) return Full('triangle-alert', t(doc.trouble === 'storage_unavailable' ? 'trouble.storage_unavailable' : 'trouble.other'), `${t('kiosk.ask_help')} ${t('kiosk.away_more')}`, doc.trouble);
  return null;
}

/**
 * @param {string} mark
 * @param {string} title
 * @param {string} more
 * @param {string} code
 */
function Full(mark, title, more, code) {
  return html`
    <div class="full" role="status" data-code=${code}>
      <span class=${`full__mark ${code === 'connecting' ? 'full__mark--wait' : 'full__mark--quiet'}`}>${icon(mark)}</span>
      <h1 tabindex="-1" data-focus>${sentences(title)}</h1>
      <p>${sentences(more)}</p>
    </div>
  `;
}

/** @param {{env: Env, m: Machine}} props */
function Head({ env, m }) {
  const doc = env.source.data.value;
  const [org, place] = doc ? nameParts(doc) : [t('app.name'), ''];
  return html`
    <header class="kiosk__head">
      <span class="seal">${icon('landmark')}</span>
      <p class="grow"><b>${org}</b>${place && html`<span>${place}</span>`}</p>
      <div class="segmented" role="group" aria-label=${t('lang.label')}>
        ${['vi', 'en'].map((l) => html`<button type="button" lang=${l} aria-pressed=${String(lang.value === l)} onClick=${() => setLang(l).then(m.refill)}>${t(`lang.${l}`)}</button>`)}
      </div>
    </header>
  `;
}

/** @param {{m: Machine}} props */
function Tools({ m }) {
  const flip = (/** @type {import('./core/dom.js').Signal<boolean>} */ s) => () => {
    s.value = !s.value;
    m.page.value = 0;
    m.refill();
  };
  return html`
    <div class="tools" role="group" aria-label=${t('kiosk.tools')}>
      <button type="button" aria-pressed=${String(m.large.value)} onClick=${flip(m.large)}>${icon('a-large-small')}<span>${t('kiosk.large')}</span></button>
      <button type="button" aria-pressed=${String(m.contrast.value)} onClick=${flip(m.contrast)}>${icon('contrast')}<span>${t('kiosk.contrast')}</span></button>
    </div>
  `;
}

void boot({ view: 'kiosk', areas: ['kiosk'], hall: true, mount });
