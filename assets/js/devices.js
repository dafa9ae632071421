// @ts-check
// The devices of a centre: let new ones in, see how they are, set them, end their credentials.
import { html, mountInto, effect } from './core/dom.js';
import { boot } from './core/page.js';
import { t, text } from './core/i18n.js';
import { icon } from './core/icons.js';
import { now } from './core/time.js';
import { makeFleet } from './fleet/state.js';
import { Head, Stale, Begin, leaveWhenSignedOut } from './fleet/head.js';
import { Alerts, roleName } from './fleet/words.js';
import { DeviceTable } from './fleet/table.js';
import { DevicePanel, CenterPanel } from './fleet/panel.js';
import { Pair } from './fleet/pair.js';
import { Left } from './fleet/lanes.js';

/** @typedef {import('./fleet/state.js').Fleet} Fleet */

/** @param {{fleet: Fleet, doc: any}} props */
function Filters({ fleet, doc }) {
  const count = (/** @type {string} */ r) => doc.devices.filter((/** @type {any} */ d) => !r || d.role === r).length;
  /** @param {string} r */
  const href = (r) => `?${new URLSearchParams({ center: fleet.env.center, ...(r && { role: r }) })}`;
  return html`<div class="desk-filters">
    <nav class="segmented" aria-label=${t('fleet.filter')}>
      ${['', 'kiosk', 'display', 'printer'].map(
        (r) => html`<a key=${r} href=${href(r)} aria-current=${fleet.role.value === r ? 'true' : undefined} onClick=${(/** @type {MouseEvent} */ e) => (e.preventDefault(), fleet.show(r))}>
          ${r ? roleName(r) : t('fleet.filter.all')} <span class="desk-count">${count(r)}</span>
        </a>`,
      )}
    </nav>
    <button type="button" class="btn" aria-pressed=${fleet.picked.value === 'center'} onClick=${() => fleet.pick('center')}>${icon('settings')} ${t('fleet.settings.all')}</button>
    ${fleet.centers.value.length > 1 &&
    html`<label class="row desk-centers"><span class="label">${t('fleet.center')}</span>
      <select class="input" value=${fleet.env.center} onChange=${(/** @type {any} */ e) => location.assign(`?${new URLSearchParams({ center: e.target.value })}`)}>
        ${fleet.centers.value.map((c) => html`<option value=${c.id} selected=${c.id === fleet.env.center}>${text(c.short)}</option>`)}
      </select></label>`}
  </div>`;
}

/** @param {{fleet: Fleet}} props */
function Page({ fleet }) {
  const { source } = fleet;
  const doc = source.data.value;
  if (!doc) return html`<${Begin} title=${t('fleet.devices')} source=${source} />`;
  const role = fleet.role.value;
  const list = doc.devices.filter((/** @type {any} */ d) => !role || d.role === role);
  const picked = doc.devices.find((/** @type {any} */ d) => d.id === fleet.picked.value);
  const panel = picked || fleet.picked.value === 'center';
  const toast = fleet.toast.value;
  return html`<div class="desk">
    <${Head} page="devices" title=${t('fleet.devices')} source=${source} center=${fleet.env.center} />
    <${Stale} source=${source} />
    <div class="desk-main">
      ${doc.alerts.length > 0 && html`<${Alerts} alerts=${doc.alerts} services=${doc.services} zone=${doc.time_zone} onPick=${fleet.pick} />`}
      <${Pair} fleet=${fleet} />
      <${Filters} fleet=${fleet} doc=${doc} />
      <div class="desk-split" data-panel=${panel || undefined}>
        <${DeviceTable} devices=${list} now=${now.value} zone=${doc.time_zone} picked=${fleet.picked.value} onPick=${fleet.pick} />
        ${picked && html`<${DevicePanel} key=${picked.id} fleet=${fleet} doc=${doc} device=${picked} now=${now.value} />`}
        ${fleet.picked.value === 'center' && html`<${CenterPanel} key="center" fleet=${fleet} doc=${doc} />`}
      </div>
      <${Left} fleet=${fleet} doc=${doc} />
    </div>
    <div role="status">${toast && html`<p class=${`toast ${toast.bad ? 'toast--bad' : ''}`}>${toast.say}</p>`}</div>
  </div>`;
}

/**
 * @param {HTMLElement} root
 * @param {import('./core/page.js').Env} env
 */
export function mount(root, env) {
  const fleet = makeFleet(env);
  effect(leaveWhenSignedOut(env));
  mountInto(html`<${Page} fleet=${fleet} />`, root);
}

boot({ view: 'devices', areas: ['fleet'], mount });
