// @ts-check
// The counter page: one wide action, the person at the desk, and who comes next.
import { html, mountInto, effect } from './core/dom.js';
import { boot } from './core/page.js';
import { icon } from './core/icons.js';
import { t, text, clock, lang, errorText } from './core/i18n.js';
import { now } from './core/time.js';
import { del } from './core/api.js';
import { makeDesk, signIn } from './counter/desk.js';
import { listen, letters } from './counter/keys.js';
import { Visit } from './counter/visit.js';
import { Line } from './counter/line.js';
import { Back, Other } from './counter/panels.js';
import { Dialogs } from './counter/dialogs.js';
import { SlipBands } from './counter/slips.js';
import { DeviceAlerts } from './desk/alerts.js';
import { verbs } from './counter/verbs.js';
import { fieldName } from './desk/words.js';

/** @typedef {import('./counter/desk.js').Desk} Desk */

/** @param {{desk: Desk}} props */
function Head({ desk }) {
  const d = desk.source.data.value;
  const stale = desk.source.stale.value;
  const fields = d.serves.map((/** @type {string} */ id) => fieldName(d, id)).join(', ');
  const state = d.pausing ? 'pausing' : d.state;
  const account = document.body.dataset.account || d.clerk || t('counter.account');
  const other = lang.value === 'vi' ? 'en' : 'vi';
  return html`<header class="head c-head">
    <h1 class="c-title"><strong>${t('counter.n', { n: d.number })}</strong><span title=${fields}> · ${fields}</span></h1>
    <span class=${`chip c-state c-state--${state}`}>${t(`counter.state.${state}`)}</span>
    <div class="c-head-end">
      <span class="c-clock num" role="status">
        <span class=${`dot ${stale ? 'c-dot--off' : 'dot--ok'}`}></span>
        <span class="sr-only">${stale ? t('counter.offline') : t('counter.online')}</span>
        ${clock(now.value, d.time_zone)}
      </span>
      <span class="c-served">${t('counter.today')} <strong class="num">${d.served}</strong> ${t('counter.visits', { n: d.served })}</span>
      ${desk.choice().head.map(
        (v) => html`<button type="button" class="btn" key=${v.id} disabled=${desk.blocked()} onClick=${() => desk.run(v)}>
          ${icon(v.icon)} <span>${t(`counter.do.${v.id}`)}</span>
        </button>`,
      )}
      <details class="c-menu">
        <summary class="btn"><span class="c-name">${account}</span> ${icon('chevron-down')}</summary>
        <div class="c-menu__in card">
          <p>${text(d.short)}</p>
          <button type="button" class="btn btn--quiet" onClick=${() => desk.show({ kind: 'keys' })}>${icon('keyboard')} ${t('counter.keys')}</button>
          <a class="btn btn--quiet" href=${`?lang=${other}`} lang=${other}>${icon('languages')} ${t(`lang.${other}`)}</a>
          <a class="btn btn--quiet" href=${`/?center=${desk.env.center}`}>${icon('house')} ${t('counter.home')}</a>
          <button type="button" class="btn btn--quiet" onClick=${signOut}>${icon('log-out')} ${t('counter.signout')}</button>
        </div>
      </details>
    </div>
  </header>`;
}

async function signOut() {
  await del('/api/v1/session').catch(() => {});
  location.assign('/sign-in');
}

/** The buttons of this state. @param {{desk: Desk}} props */
function Actions({ desk }) {
  const c = desk.choice();
  const off = desk.blocked();
  /** @param {import('./counter/verbs.js').Verb} v */
  const key = (v) => letters.value && v.key && html`<kbd class="kbd" aria-hidden="true">${v.key.toUpperCase()}</kbd>`;
  /** @param {import('./counter/verbs.js').Verb} v */
  const hint = (v) => (letters.value && v.key ? v.key.toUpperCase() : undefined);
  return html`<section class="c-actions" aria-label=${t('counter.actions')}>
    <div class="c-acts">
      <button type="button" class="btn btn--primary c-primary" disabled=${off || c.idle} aria-keyshortcuts="Space" onClick=${() => desk.run(c.primary)}>
        <span>${c.idle ? t('counter.nobody') : t(`counter.do.${c.primary.id}`)}</span>
        ${!c.idle && html`<kbd class="kbd" aria-hidden="true">Space</kbd>`}
      </button>
      ${c.side.map(
        (v) => html`<button type="button" class="btn c-side" key=${v.id} disabled=${off} aria-keyshortcuts=${hint(v)} onClick=${() => desk.run(v)}>
          ${icon(v.icon)} <span>${t(`counter.do.${v.id}`)}</span> ${key(v)}
        </button>`,
      )}
    </div>
    <div class="c-more">
      ${c.more.map(
        (v) => html`<button type="button" class="btn btn--quiet btn--s" key=${v.id} disabled=${off} aria-keyshortcuts=${hint(v)} onClick=${() => desk.run(v)}>
          ${icon(v.icon)} <span>${t(`counter.do.${v.id}`)}</span> ${key(v)}
        </button>`,
      )}
      <${Said} desk=${desk} />
    </div>
  </section>`;
}

/** What is wrong, over everything else. @param {{desk: Desk}} props */
function Bands({ desk }) {
  const { source } = desk;
  const d = source.data.value;
  if (source.stale.value) {
    const since = source.since.value;
    return html`<p class="band band--stale c-band" role="alert">
      ${icon('wifi-off')} ${since ? t('counter.stale', { time: clock(since, d.time_zone) }) : t('stale.unknown')}
    </p>`;
  }
  if (d.trouble) return html`<p class="band band--warn c-band" role="alert">${icon('triangle-alert')} ${t('counter.trouble')}</p>`;
  const me = desk.env.ui.account ?? document.body.dataset.account;
  if (d.state !== 'closed' && d.clerk && me && d.clerk !== me) {
    return html`<p class="band c-band" role="status">
      ${icon('user')} ${t('counter.takeover.say', { name: d.clerk })}
      <button type="button" class="btn btn--s" disabled=${desk.blocked()} onClick=${() => desk.run(verbs.open)}>${t('counter.takeover')}</button>
    </p>`;
  }
  return null;
}

/** What came of the last command, and how to take it back. It has its place in the row of the small
 * actions, so that it covers nothing. @param {{desk: Desk}} props */
function Said({ desk }) {
  const toast = desk.toast.value;
  return html`<div class="c-said" role="status">
    ${toast &&
    html`<div class=${`c-toast ${toast.bad ? 'c-toast--bad' : ''}`}>
      <span>${toast.say}</span>
      ${toast.undo &&
      html`<button type="button" class="btn c-undo" disabled=${desk.blocked()} onClick=${toast.undo.do}>
        ${icon('undo-2')} ${toast.undo.label} ${letters.value && html`<kbd class="kbd" aria-hidden="true">Z</kbd>`}
      </button>`}
    </div>`}
  </div>`;
}

/** Before the first document: what is known, and what is wrong. @param {{desk: Desk}} props */
function Waiting({ desk }) {
  const err = desk.source.error.value;
  return html`<main class="c-boot">
    <h1>${t('counter.n', { n: desk.env.counter || '…' })}</h1>
    ${err ? html`<p class="note note--bad" role="alert">${errorText(err)}</p>` : html`<p role="status">${desk.source.stale.value ? t('stale.unknown') : t('connecting')}</p>`}
    ${err && html`<p class="row"><a class="btn" href="/sign-in">${t('counter.signin')}</a> <a class="btn btn--quiet" href="/">${t('counter.home')}</a></p>`}
  </main>`;
}

/** @param {{desk: Desk}} props */
function Page({ desk }) {
  if (!desk.source.data.value) return html`<${Waiting} desk=${desk} />`;
  return html`<div class="c-page">
    <${Head} desk=${desk} />
    <div class="c-main">
      <${Bands} desk=${desk} />
      <div class="c-work">
        <${SlipBands} desk=${desk} />
        <${DeviceAlerts} doc=${desk.source.data.value} className="c-slips" />
        <${Visit} desk=${desk} />
        <${Actions} desk=${desk} />
        <div class="c-panels">
          <${Back} desk=${desk} />
          <${Other} desk=${desk} />
        </div>
      </div>
      <${Line} desk=${desk} />
    </div>
    <${Dialogs} desk=${desk} />
  </div>`;
}

/**
 * @param {HTMLElement} root
 * @param {import('./core/page.js').Env} env
 */
export function mount(root, env) {
  const desk = makeDesk(env);
  if (env.ui.toast) desk.say(/** @type {any} */ ({ say: t(env.ui.toast.say, env.ui.toast), undo: env.ui.toast.undo && { label: t(env.ui.toast.undo), do() {} } }));
  listen(desk);
  effect(() => {
    const d = env.source.data.value;
    if (d) document.title = `${d.ticket ? `${d.ticket.number} · ` : ''}${t('counter.n', { n: d.number })} · ${text(d.short)}`;
    if (env.source.error.value?.code === 'not_signed_in' && !env.frozen) signIn();
  });
  document.addEventListener('click', (e) => {
    for (const menu of document.querySelectorAll('.c-menu[open]')) {
      if (!menu.contains(/** @type {Node} */ (e.target)) || /** @type {Element} */ (e.target).closest('.c-menu__in')) menu.removeAttribute('open');
    }
  });
  mountInto(html`<${Page} desk=${desk} />`, root);
}

boot({ view: 'counter', areas: ['counter', 'desk', 'fleet'], params: (b) => ({ counter: b.counter }), mount });
