// @ts-check
// The hall as its manager sees it: what needs somebody first, then the lines, the counters and the
// devices, all of it live.
import { html, mountInto, effect } from './core/dom.js';
import { boot } from './core/page.js';
import { t, text, clock } from './core/i18n.js';
import { now } from './core/time.js';
import { watch, still } from './core/socket.js';
import { Head, Stale, Begin, leaveWhenSignedOut } from './fleet/head.js';
import { Alerts } from './fleet/words.js';
import { DeviceTable } from './fleet/table.js';

/** @param {{n: number | string, say: string}} props */
const Figure = ({ n, say }) => html`<div class="desk-figure"><strong>${n}</strong><span>${say}</span></div>`;

/** @param {{doc: any}} props */
function Figures({ doc }) {
  const of = (/** @type {string[]} */ ...states) => states.reduce((n, s) => n + (doc.states[s] ?? 0), 0);
  const open = doc.counters.filter((/** @type {any} */ c) => c.state === 'open').length;
  return html`<div class="desk-figures">
    <${Figure} n=${of('waiting')} say=${t('fleet.fig.waiting')} />
    <${Figure} n=${of('called', 'serving')} say=${t('fleet.fig.served')} />
    <${Figure} n=${of('done')} say=${t('fleet.fig.done')} />
    <${Figure} n=${of('missed')} say=${t('fleet.fig.missed')} />
    <${Figure} n=${of('parked')} say=${t('fleet.fig.parked')} />
    <${Figure} n=${`${open}/${doc.counters.length}`} say=${t('fleet.fig.open')} />
  </div>`;
}

/** @param {{doc: any}} props */
function LinesTable({ doc }) {
  return html`<section class="desk-part" aria-labelledby="lines-h">
    <h2 id="lines-h">${t('fleet.lines')}</h2>
    <div class="desk-scroll" tabindex="0" role="region" aria-label=${t('fleet.lines')}>
      <table class="desk-table">
        <thead><tr><th scope="col">${t('fleet.line')}</th><th scope="col" class="end">${t('fleet.fig.waiting')}</th><th scope="col" class="end">${t('fleet.counters')}</th><th scope="col">${t('fleet.state')}</th></tr></thead>
        <tbody>
          ${doc.services.map(
            (/** @type {any} */ s) => html`<tr key=${s.id}>
              <th scope="row">${text(s.name)}</th>
              <td class="end">${s.waiting}</td>
              <td class="end">${s.open_counters}</td>
              <td>${s.pause ? html`<span class="chip chip--priority">${t('fleet.line.paused')}</span><small>${s.pause.reason}</small>` : s.open ? html`<span class="chip chip--ok">${t('fleet.line.open')}</span>` : html`<span class="chip chip--off">${t('fleet.line.closed')}</span>`}${s.open && !s.open_counters && s.waiting ? html` <span class="chip chip--bad">${t('fleet.line.nobody')}</span>` : null}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

const COUNTER_LOOK = /** @type {Record<string, string>} */ ({ open: 'ok', paused: 'priority', closed: 'off' });

/** @param {{doc: any}} props */
function CountersTable({ doc }) {
  return html`<section class="desk-part" aria-labelledby="counters-h">
    <h2 id="counters-h">${t('fleet.counters')}</h2>
    <div class="desk-scroll" tabindex="0" role="region" aria-label=${t('fleet.counters')}>
      <table class="desk-table">
        <thead><tr><th scope="col">${t('counter')}</th><th scope="col">${t('fleet.state')}</th><th scope="col">${t('fleet.number')}</th><th scope="col">${t('fleet.clerk')}</th></tr></thead>
        <tbody>
          ${doc.counters.map(
            (/** @type {any} */ c) => html`<tr key=${c.number}>
              <th scope="row">${t('counter.n', { n: c.number })}</th>
              <td><span class=${`chip chip--${COUNTER_LOOK[c.state]}`}>${t(`fleet.counter.${c.state}`)}</span></td>
              <td>${c.ticket_number ?? '–'}</td>
              <td>${c.clerk || '–'}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

/** @param {{env: import('./core/page.js').Env, devices: import('./core/socket.js').Source}} props */
function Page({ env, devices }) {
  const doc = env.source.data.value;
  if (!doc) return html`<${Begin} title=${t('fleet.monitor')} source=${env.source} />`;
  const fleet = devices.data.value;
  // The hall's own document carries the alerts too, and comes as soon as they are in the log.
  const zone = fleet?.time_zone ?? '';
  return html`<div class="desk">
    <${Head} page="monitor" title=${t('fleet.monitor')} source=${still({ doc: { ...doc, short: fleet?.short ?? doc.name, time_zone: zone }, stale: env.source.stale.value, since: env.source.since.value })} center=${env.center} />
    <${Stale} source=${env.source} />
    <div class="desk-main">
      <section class="desk-part" aria-label=${t('fleet.alerts')}>
        <${Alerts} alerts=${doc.alerts} services=${doc.services} zone=${zone} href=${(/** @type {string} */ id) => `/admin/devices?center=${env.center}&device=${id}`} />
      </section>
      <${Figures} doc=${doc} />
      <div class="desk-halves"><${LinesTable} doc=${doc} /><${CountersTable} doc=${doc} /></div>
      <section class="desk-part" aria-labelledby="devices-h">
        <div class="desk-part__head"><h2 id="devices-h">${t('fleet.devices')}</h2><a href=${`/admin/devices?center=${env.center}`}>${t('fleet.manage')}</a></div>
        ${fleet ? html`<${DeviceTable} devices=${fleet.devices} now=${now.value} zone=${zone} />` : html`<p class="muted">${t('connecting')}</p>`}
      </section>
      <p class="muted num">${t('fleet.lastcall', { n: doc.last_call, time: clock(doc.at, zone) })}</p>
    </div>
  </div>`;
}

/**
 * @param {HTMLElement} root
 * @param {import('./core/page.js').Env} env
 */
export function mount(root, env) {
  const devices = env.frozen ? still({ doc: env.ui.devices ?? null }) : watch({ view: 'devices', center: env.center });
  effect(leaveWhenSignedOut(env));
  mountInto(html`<${Page} env=${env} devices=${devices} />`, root);
}

boot({ view: 'monitor', areas: ['fleet'], mount });
