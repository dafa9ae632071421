// @ts-check
// The floor helper's page, for a phone in one hand: issue for someone, find a lost slip, and let
// those who missed their call come back.
import { html, mountInto, effect } from './core/dom.js';
import { boot } from './core/page.js';
import { icon } from './core/icons.js';
import { t, text, clock, lang, errorText } from './core/i18n.js';
import { now } from './core/time.js';
import { del } from './core/api.js';
import { makeHelper, signIn } from './assist/helper.js';
import { Issue } from './assist/issue.js';
import { Appointments } from './assist/appointments.js';
import { Find, Missed } from './assist/find.js';
import { Ticket } from './assist/ticket.js';
import { DeviceAlerts } from './desk/alerts.js';

/** @typedef {import('./assist/helper.js').Helper} Helper */

/** @param {{helper: Helper}} props */
function Head({ helper }) {
  const d = helper.source.data.value;
  const stale = helper.source.stale.value;
  const other = lang.value === 'vi' ? 'en' : 'vi';
  return html`<header class="head a-head">
    <div class="grow">
      <h1>${t('assist.title')}</h1>
      <p class="muted">${text(d.short)}</p>
    </div>
    <span class="num nowrap" role="status"><span class=${`dot ${stale ? 'a-dot--off' : 'dot--ok'}`}></span><span class="sr-only">${stale ? t('assist.offline') : t('assist.online')}</span> ${clock(now.value, d.time_zone)}</span>
    <details class="a-menu">
      <summary class="btn" aria-label=${t('assist.menu')}>${icon('menu')}</summary>
      <div class="a-menu__in card">
        <a class="btn btn--quiet" href=${`?lang=${other}`} lang=${other}>${icon('languages')} ${t(`lang.${other}`)}</a>
        <a class="btn btn--quiet" href=${`/?center=${helper.env.center}`}>${icon('house')} ${t('assist.home')}</a>
        <button type="button" class="btn btn--quiet" onClick=${signOut}>${icon('log-out')} ${t('assist.signout')}</button>
      </div>
    </details>
  </header>`;
}

async function signOut() {
  await del('/api/v1/session').catch(() => {});
  location.assign('/sign-in');
}

/** @param {{helper: Helper}} props */
function Bands({ helper }) {
  const { source } = helper;
  const d = source.data.value;
  if (source.stale.value) {
    const since = source.since.value;
    return html`<p class="band band--stale" role="alert">${since ? t('assist.stale', { time: clock(since, d.time_zone) }) : t('stale.unknown')}</p>`;
  }
  return d.trouble ? html`<p class="band band--warn" role="alert">${t('trouble.storage_unavailable')}</p>` : null;
}

/** @param {{helper: Helper}} props */
function Tabs({ helper }) {
  const d = helper.source.data.value;
  const tabs = [
    ['issue', 'ticket'],
    ['find', 'search'],
    ['missed', 'user-x'],
    ['hours', 'calendar-clock'],
  ];
  return html`<nav class="a-tabs" aria-label=${t('assist.tabs')}>
    ${tabs.map(
      ([id, sign]) => html`<button type="button" key=${id} aria-current=${helper.view.value === id ? 'page' : undefined} onClick=${() => (helper.view.value = id)}>
        ${icon(sign)} <span>${t(`assist.tab.${id}`)}${id === 'missed' && d.missed.length ? html` <b class="num a-count">${d.missed.length}</b>` : null}</span>
      </button>`,
    )}
  </nav>`;
}

/** @param {{helper: Helper}} props */
function Said({ helper }) {
  const toast = helper.toast.value;
  return html`<div role="status">
    ${toast &&
    html`<div class=${`a-toast ${toast.bad ? 'a-toast--bad' : ''}`}>
      <span>${toast.say}</span>
      ${toast.undo && html`<button type="button" class="btn" disabled=${helper.blocked()} onClick=${toast.undo.do}>${icon('undo-2')} ${toast.undo.label}</button>`}
    </div>`}
  </div>`;
}

/** @param {{helper: Helper}} props */
function Page({ helper }) {
  const { source } = helper;
  if (!source.data.value) {
    const err = source.error.value;
    return html`<div class="a-boot">
      <h1>${t('assist.title')}</h1>
      ${err ? html`<p class="note note--bad" role="alert">${errorText(err)}</p>` : html`<p role="status">${source.stale.value ? t('stale.unknown') : t('connecting')}</p>`}
      ${err && html`<p class="row"><a class="btn" href="/sign-in">${t('assist.signin')}</a> <a class="btn btn--quiet" href="/">${t('assist.home')}</a></p>`}
    </div>`;
  }
  const View = /** @type {any} */ ({ issue: Issue, find: Find, missed: Missed, hours: Appointments })[helper.view.value] ?? Issue;
  return html`<div class="a-page">
    <${Head} helper=${helper} />
    <${Bands} helper=${helper} />
    <${DeviceAlerts} doc=${source.data.value} />
    <div class="a-body"><${View} helper=${helper} /></div>
    <${Said} helper=${helper} />
    <${Tabs} helper=${helper} />
    ${helper.ticket.value ? html`<${Ticket} helper=${helper} key=${helper.ticket.value.id} />` : null}
  </div>`;
}

/**
 * @param {HTMLElement} root
 * @param {import('./core/page.js').Env} env
 */
export function mount(root, env) {
  const helper = makeHelper(env);
  effect(() => {
    if (env.source.error.value?.code === 'not_signed_in' && !env.frozen) signIn();
  });
  document.addEventListener('click', (e) => {
    for (const menu of document.querySelectorAll('.a-menu[open]')) {
      if (!menu.contains(/** @type {Node} */ (e.target))) menu.removeAttribute('open');
    }
  });
  mountInto(html`<${Page} helper=${helper} />`, root);
}

boot({ view: 'assist', areas: ['assist', 'desk', 'fleet'], mount });
