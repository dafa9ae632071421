// @ts-check
// The top of the pages worked at a desk: where one is, whether it is live, and where else to go.
import { html } from '../core/dom.js';
import { t, text, clock, lang, errorText } from '../core/i18n.js';
import { now } from '../core/time.js';
import { icon } from '../core/icons.js';
import { del } from '../core/api.js';

async function signOut() {
  await del('/api/v1/session').catch(() => {});
  location.assign('/sign-in');
}

/** @param {{page: string, title: string, source: import('../core/socket.js').Source, center: string}} props */
export function Head({ page, title, source, center }) {
  const d = source.data.value;
  const stale = source.stale.value;
  const other = lang.value === 'vi' ? 'en' : 'vi';
  const query = new URLSearchParams(location.search);
  query.set('lang', other);
  /** @param {string} id @param {string} href */
  const link = (id, href) => html`<a href=${href} aria-current=${id === page ? 'page' : undefined}>${t(`fleet.nav.${id}`)}</a>`;
  return html`<header class="desk-head">
    <div>
      <h1>${title}</h1>
      <p>${text(d.short)}</p>
    </div>
    <nav class="desk-nav" aria-label=${t('fleet.nav')}>
      ${link('monitor', `/monitor/${center}`)}${link('devices', `/admin/devices?center=${center}`)}${link('displays', `/admin/displays?center=${center}`)}${link('admin', `/admin?center=${center}`)}
      <a href=${`?${query}`} lang=${other}>${t(`lang.${other}`)}</a>
      <button type="button" onClick=${signOut}>${icon('log-out')} ${t('fleet.signout')}</button>
    </nav>
    <p class="desk-live num" role="status"><span class=${`dot ${stale ? '' : 'dot--ok'}`}></span>${stale ? t('fleet.offline') : t('fleet.online')} · ${clock(now.value, d.time_zone)}</p>
  </header>`;
}

/** @param {{source: import('../core/socket.js').Source}} props */
export function Stale({ source }) {
  const d = source.data.value;
  if (source.stale.value) {
    const since = source.since.value;
    return html`<p class="band band--stale" role="alert">${since ? t('fleet.stale', { time: clock(since, d.time_zone) }) : t('fleet.stale.unknown')}</p>`;
  }
  return d.trouble ? html`<p class="band band--warn" role="alert">${t('trouble.storage_unavailable')}</p>` : html`<div></div>`;
}

/** What stands there before the first document. @param {{title: string, source: import('../core/socket.js').Source}} props */
export function Begin({ title, source }) {
  const err = source.error.value;
  return html`<div class="desk desk-begin">
    <h1>${title}</h1>
    ${err ? html`<p class="note note--bad" role="alert">${errorText(err)}</p>` : html`<p role="status">${t('connecting')}</p>`}
    ${err && html`<p><a class="btn" href="/sign-in">${t('fleet.signin')}</a> <a class="btn btn--quiet" href="/">${t('fleet.home')}</a></p>`}
  </div>`;
}

/** @param {import('../core/page.js').Env} env */
export function leaveWhenSignedOut(env) {
  return () => {
    if (env.source.error.value?.code === 'not_signed_in' && !env.frozen) location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  };
}
