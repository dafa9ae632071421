// @ts-check
// The page of a print station, where a screen is attached to it: the code while nobody has let it in,
// then how the printer is and which slip came last. The station works without anybody looking.
import { html, mountInto } from './core/dom.js';
import { boot } from './core/page.js';
import { icon } from './core/icons.js';
import { follow } from './core/machine.js';
import { t, clock } from './core/i18n.js';

/** States in which a slip can be had. */
const PRINTS = ['ready', 'near_end', 'unknown'];

/** @param {{pairing: any}} props */
function Pairing({ pairing }) {
  if (!pairing.code) {
    return html`<section class="station" role="status" data-code=${`pairing-${pairing.state}`}>
      ${icon('wifi-off', 'station__mark')}
      <h1>${t(`station.pairing.${pairing.state}`)}</h1>
      <p>${t('station.pairing.wait')}</p>
    </section>`;
  }
  return html`<section class="station" role="status" data-code=${`pairing-${pairing.state}`}>
    <h1>${t(pairing.state === 'revoked' ? 'station.pairing.revoked' : 'station.pairing.title')}</h1>
    <p class="number station__code" aria-label=${[...pairing.code].join(' ')}>${pairing.code}</p>
    ${pairing.qr && html`<img class="station__qr" src=${pairing.qr} alt="" />`}
    <p>${t('station.pairing.how')}</p>
  </section>`;
}

/** @param {{d: any}} props */
function Station({ d }) {
  const state = d.printer?.state ?? 'unknown';
  const look = PRINTS.includes(state) ? (state === 'near_end' ? 'warn' : 'ok') : 'bad';
  return html`<section class="station" data-printer=${state}>
    ${d.offline_since && html`<p class="band band--stale" role="alert">${t('station.offline', { time: clock(d.offline_since) })}</p>`}
    <p class="station__place">${d.place}</p>
    <div role="status">
      ${icon('printer', `station__mark station__mark--${look}`)}
      <h1>${t(`station.printer.${state}`)}</h1>
      <p>${t(`station.printer.${state}.do`)}</p>
    </div>
    <p class="station__job" role="status" hidden=${!d.job}>${d.job && html`<strong class="number">${d.job.number}</strong> ${t(`station.job.${d.job.state}`)}`}</p>
    <p class="muted">${t('station.how')}</p>
    <p class="muted station__id">${d.device}${d.printer?.name ? ` · ${d.printer.name}` : ''}</p>
  </section>`;
}

/** @param {{source: import('./core/socket.js').Source}} props */
function Page({ source }) {
  const d = source.data.value;
  if (!d) return html`<section class="station"><h1>${t('station.title')}</h1><p role="status">${t('connecting')}</p></section>`;
  if (source.stale.value) return html`<section class="station" role="alert">${icon('triangle-alert', 'station__mark station__mark--bad')}<h1>${t('station.stopped')}</h1><p>${t('station.stopped.do')}</p></section>`;
  return d.pairing ? html`<${Pairing} pairing=${d.pairing} />` : html`<${Station} d=${d} />`;
}

/**
 * @param {HTMLElement} root
 * @param {import('./core/page.js').Env} env
 */
function mount(root, env) {
  follow(env, env.source);
  mountInto(html`<${Page} source=${env.source} />`, root);
}

boot({ view: 'local', areas: ['station'], mount });
