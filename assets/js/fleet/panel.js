// @ts-check
// One device in detail: its facts, its place, its settings, and the end of its credential.
import { html, useSignal } from '../core/dom.js';
import { t, dateLong, clock } from '../core/i18n.js';
import { icon } from '../core/icons.js';
import { roleName, Standing, Printer, soundName, screenName, ago, lasted, clockDiff } from './words.js';
import { KioskSettings } from './settings.js';

/** @param {{fleet: import('./state.js').Fleet, doc: any, device: import('./state.js').Device, now: number}} props */
export function DevicePanel({ fleet, doc, device, now }) {
  const h = device.health;
  /** @type {[string, any][]} */
  const facts = [
    [t('fleet.state'), html`<${Standing} device=${device} now=${now} />`],
    [t('fleet.last'), ago(device.heard, now)],
  ];
  if (h) {
    if (device.role !== 'display') facts.push([t('fleet.printer'), html`<${Printer} state=${h.printer} />`]);
    if (device.role === 'kiosk') facts.push([t('fleet.spool'), h.spool], [t('fleet.touch'), ago(h.last_touch, now)]);
    if (device.role !== 'printer') facts.push([t('fleet.screen'), h.page_open ? screenName(h.screen) : t('fleet.nopage')], [t('fleet.sound'), soundName(h.sound)]);
    facts.push([t('fleet.clock'), clockDiff(h.clock_diff_ms)]);
    facts.push([t('fleet.version'), h.version], [t('fleet.uptime'), lasted(h.uptime_s)]);
  }
  facts.push([t('fleet.paired_at'), `${dateLong(device.since, doc.time_zone)}, ${clock(device.since, doc.time_zone)}`], [t('fleet.id'), device.id]);
  return html`<aside class="desk-panel" aria-label=${device.place} key=${device.id}>
    <${Top} title=${device.place} say=${roleName(device.role)} onClose=${() => fleet.pick(device.id)} />
    <dl class="desk-facts">${facts.map(([name, v]) => html`<dt>${name}</dt><dd>${v}</dd>`)}</dl>
    <${Rename} fleet=${fleet} device=${device} />
    ${device.role === 'kiosk' && html`<${KioskSettings} fleet=${fleet} doc=${doc} device=${device.id} />`}
    ${device.role === 'printer' && html`<${KioskSettings} fleet=${fleet} doc=${doc} device=${device.id} slip />`}
    ${device.role === 'display' && html`<p><a href=${`/admin/displays?center=${fleet.env.center}&device=${device.id}`}>${icon('monitor')} ${t('fleet.displays')}</a></p>`}
    <${Revoke} fleet=${fleet} device=${device} />
  </aside>`;
}

/** @param {{fleet: import('./state.js').Fleet, doc: any}} props */
export function CenterPanel({ fleet, doc }) {
  return html`<aside class="desk-panel" aria-label=${t('fleet.settings.all')}>
    <${Top} title=${t('fleet.settings.all')} say=${t('fleet.settings.all.say')} onClose=${() => fleet.pick('center')} />
    <${KioskSettings} fleet=${fleet} doc=${doc} device="" />
  </aside>`;
}

/** @param {{title: string, say: string, onClose: () => void}} props */
function Top({ title, say, onClose }) {
  return html`<div class="desk-panel__head">
    <div class="grow"><h2>${title}</h2><p class="muted">${say}</p></div>
    <button type="button" class="btn btn--quiet btn--s" onClick=${onClose}>${icon('x')} ${t('close')}</button>
  </div>`;
}

/** @param {{fleet: import('./state.js').Fleet, device: import('./state.js').Device}} props */
function Rename({ fleet, device }) {
  const place = useSignal(device.place);
  const changed = place.value.trim() !== device.place && place.value.trim() !== '';
  /** @param {Event} e */
  function send(e) {
    e.preventDefault();
    if (changed) void fleet.rename(device.id, place.peek().trim());
  }
  return html`<form class="desk-actions" onSubmit=${send}>
    <div class="field grow">
      <label for="place" class="label">${t('fleet.pair.place')}</label>
      <input id="place" class="input" maxlength="80" required value=${place.value} onInput=${(/** @type {any} */ e) => (place.value = e.target.value)} />
    </div>
    <button type="submit" class="btn desk-beside" disabled=${!changed}>${t('fleet.rename')}</button>
  </form>`;
}

/** @param {{fleet: import('./state.js').Fleet, device: import('./state.js').Device}} props */
function Revoke({ fleet, device }) {
  const left = fleet.leaving.value[device.id];
  return html`<div class="desk-part" role="group" aria-label=${t('fleet.revoke')}>
    ${left
      ? html`<p role="status">${t('fleet.revoke.soon', { n: left })}</p>
          <p><button type="button" class="btn" onClick=${() => fleet.keep(device.id)}>${icon('undo-2')} ${t('fleet.revoke.undo')}</button></p>`
      : html`<p class="muted">${t('fleet.revoke.say')}</p>
          <p><button type="button" class="btn btn--danger" onClick=${() => fleet.revoke(device.id)}>${icon('ban')} ${t('fleet.revoke')}</button></p>`}
  </div>`;
}
