// @ts-check
// The kiosk: choose a field, answer one question, take a number. What it does is in machine.js;
// this file puts the screens around it.
import { html, mountInto, effect, useEffect, useLayoutEffect, useRef } from './core/dom.js';
import { t, lang } from './core/i18n.js';
import { icon } from './core/icons.js';
import { nameParts } from './core/names.js';
import { boot } from './core/page.js';
import { tellHealth } from './core/machine.js';
import { machine } from './kiosk/machine.js';
import { guardDoubleTouch } from './kiosk/bounce.js';
import { machineState } from './kiosk/local.js';
import { startScanning } from './kiosk/scanned.js';
import { Start } from './kiosk/start.js';
import { Search } from './kiosk/search.js';
import { Priority } from './kiosk/priority.js';
import { Done } from './kiosk/done.js';
import { Cancelled, Failed, Limit, Missing } from './kiosk/notices.js';
import { Appointment } from './kiosk/appointment.js';
import { Found } from './kiosk/found.js';
import { Languages } from './kiosk/languages.js';
import { Away, givesWay, troubleOf } from './kiosk/away.js';
import { Tools } from './kiosk/tools.js';
import { reader, Caption } from './kiosk/reader.js';
import { Edge } from './kiosk/countdown.js';

/** @typedef {import('./core/page.js').Env} Env */
/** @typedef {import('./kiosk/machine.js').Machine} Machine */
/** @typedef {import('./kiosk/local.js').Local} Local */

/**
 * @param {HTMLElement} root
 * @param {Env} env
 */
export function mount(root, env) {
  if (env.ui.device) env.device = env.ui.device; // a fixture of a real kiosk
  const local = machineState(env);
  const m = machine(env, local);
  fixture(env, m);
  const aloud = reader(env, m, local);
  tellHealth(env, () => ({ sound: aloud.sound.value }));

  guardDoubleTouch(root);
  const touched = (/** @type {Event} */ ev) => {
    aloud.touched(ev);
    m.refill();
    local.touched();
  };
  for (const kind of ['pointerdown', 'keydown']) root.addEventListener(kind, touched, { capture: true });
  root.addEventListener('contextmenu', (ev) => ev.preventDefault()); // a long press is a slow touch
  if (!env.frozen) startScanning(env, m);
  effect(() => {
    if (env.source.connected.value) void m.clearOrphans();
  });
  mountInto(html`<${Kiosk} env=${env} m=${m} local=${local} aloud=${aloud} />`, root);
}

/**
 * The state in which the gallery shows the page.
 * @param {Env} env
 * @param {Machine} m
 */
function fixture({ ui }, m) {
  if (ui.screen) m.go(ui.screen);
  for (const mode of /** @type {const} */ (['large', 'contrast', 'low', 'voice'])) m[mode].value = !!ui[mode];
  m.page.value = ui.page ?? 0;
  m.query.value = ui.query ?? '';
  m.suggested.value = ui.suggested ?? null;
  m.preview.value = !!ui.preview;
  m.cancelling.value = ui.cancelling ?? '';
  if (ui.paper !== undefined) m.paper.value = ui.paper;
  if (ui.may_cancel === false) m.mayCancel.value = false;
  if (ui.left !== undefined) m.left.value = ui.left;
}

/** Screens on which the tools stand; elsewhere there is something else to do. */
const WITH_TOOLS = ['start', 'found', 'appointment'];

/** @param {{env: Env, m: Machine, local: Local, aloud: import('./kiosk/reader.js').Reader}} props */
function Kiosk({ env, m, local, aloud }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const at = m.screen.value;
  const trouble = givesWay(at.name) ? troubleOf(env, local) : null;
  const name = trouble ? 'away' : at.name;
  // A person who reads with a screen reader is told of the new screen by its heading.
  useLayoutEffect(() => {
    if (name === 'start' && document.activeElement === document.body) return;
    /** @type {HTMLElement | null | undefined} */ (box.current?.querySelector('[data-focus]'))?.focus({ preventScroll: true });
  }, [name]);
  // Someone who was asked while the connection broke is let go.
  useEffect(() => {
    if (trouble && at.name !== 'start') m.reset();
  }, [!!trouble, at.name]);
  return html`
    <div class="kiosk" ref=${box} data-screen=${name} data-lang=${lang.value}>
      ${(name !== 'done' || m.low.value) && html`<${Head} env=${env} m=${m} />`}
      <div class="kiosk__body" aria-busy=${name === 'issuing' ? 'true' : undefined}>${trouble ? html`<${Away} trouble=${trouble} local=${local} />` : body(env, m, local, at)}</div>
      <div class="kiosk__foot">
        <${Caption} aloud=${aloud} m=${m} />
        ${WITH_TOOLS.includes(name) && html`<${Tools} m=${m} />`}
      </div>
    </div>
  `;
}

/**
 * @param {Env} env
 * @param {Machine} m
 * @param {Local} local
 * @param {import('./kiosk/machine.js').Screen} at
 */
function body(env, m, local, at) {
  const doc = env.source.data.value;
  switch (at.name) {
    case 'search':
      return html`<${Search} m=${m} doc=${doc} local=${local} /><${Edge} m=${m} />`;
    case 'priority':
      return html`<${Priority} m=${m} doc=${doc} local=${local} service=${at.service} reference=${at.reference ?? ''} offline=${env.source.stale.value} />`;
    case 'issuing':
    case 'looking':
      return html`<div class="full" role="status"><span class="full__mark full__mark--wait">${icon('loader-circle')}</span><h1 tabindex="-1" data-focus>${t(`kiosk.${at.name}`)}</h1>${at.name === 'issuing' && html`<p>${t('kiosk.issuing_more')}</p>`}</div>`;
    case 'done':
      return html`<${Done} env=${env} m=${m} local=${local} doc=${doc} ticket=${at.ticket} service=${at.service} qr=${env.ui.qr && new URL(`../fixtures/${env.ui.qr}`, import.meta.url).pathname} />`;
    case 'cancelled':
      return html`<${Cancelled} m=${m} ticket=${at.ticket} />`;
    case 'limit':
      return html`<${Limit} m=${m} />`;
    case 'found':
      return html`<${Found} m=${m} local=${local} doc=${doc} ticket=${at.ticket} service=${at.service} />`;
    case 'appointment':
      return html`<${Appointment} m=${m} doc=${doc} appointment=${at.appointment} service=${at.service} />`;
    case 'missing':
      return html`<${Missing} m=${m} why=${at.why} />`;
    case 'error':
      return html`<${Failed} m=${m} doc=${doc} error=${at.error} journey=${at.journey} />`;
    default:
      return html`<${Start} m=${m} doc=${doc} local=${local} offline=${env.source.stale.value ? env.source.since.value : null} /><${Edge} m=${m} />`;
  }
}

/** @param {{env: Env, m: Machine}} props */
function Head({ env, m }) {
  const doc = env.source.data.value;
  const [org, place] = doc ? nameParts(doc) : [t('app.name'), ''];
  return html`
    <header class="kiosk__head">
      <span class="seal">${icon('landmark')}</span>
      <p class="grow"><b>${org}</b>${place && html`<span>${place}</span>`}</p>
      <${Languages} m=${m} />
    </header>
  `;
}

void boot({ view: 'kiosk', areas: ['kiosk'], hall: true, bilingual: true, mount });
