// @ts-check
// The devices of a centre in rows; the monitor shows the same without the choice.
import { html } from '../core/dom.js';
import { t, clock } from '../core/i18n.js';
import { roleName, Standing, Printer, soundName, screenName, ago, lasted, clockDiff } from './words.js';

/** @typedef {import('./state.js').Device} Device */

/**
 * @param {{devices: Device[], now: number, zone: string, picked?: string, onPick?: (id: string) => void}} props
 */
export function DeviceTable({ devices, now, zone, picked, onPick }) {
  if (!devices.length) return html`<p class="empty card card--flat">${t('fleet.none')}</p>`;
  return html`<div class="desk-scroll" tabindex="0" role="region" aria-label=${t('fleet.devices')}>
    <table class="desk-table">
      <thead>
        <tr>
          <th scope="col">${t('fleet.place')}</th>
          <th scope="col">${t('fleet.state')}</th>
          <th scope="col">${t('fleet.printer')}</th>
          <th scope="col" class="end">${t('fleet.spool')}</th>
          <th scope="col" class="more">${t('fleet.screen')}</th>
          <th scope="col" class="more">${t('fleet.sound')}</th>
          <th scope="col" class="more">${t('fleet.touch')}</th>
          <th scope="col" class="more">${t('fleet.clock')}</th>
          <th scope="col" class="more">${t('fleet.version')}</th>
        </tr>
      </thead>
      <tbody>
        ${devices.map((d) => {
          const h = d.health;
          return html`<tr key=${d.id} data-device=${d.id} aria-selected=${onPick ? String(picked === d.id) : undefined}>
            <th scope="row">
              ${onPick ? html`<button type="button" class="desk-pick" aria-pressed=${picked === d.id} onClick=${() => onPick(d.id)}>${d.place}</button>` : d.place}
              <small>${roleName(d.role)}${d.lane ? ` · ${t('fleet.lane', { lane: d.lane })}` : ''}${d.own ? ` · ${t('fleet.own')}` : ''}</small>
            </th>
            <td><${Standing} device=${d} now=${now} /><small>${heard(d, zone)}</small></td>
            <td>${h && d.role !== 'display' ? html`<${Printer} state=${h.printer} />` : '–'}</td>
            <td class="end">${h && d.role === 'kiosk' ? h.spool : '–'}</td>
            <td class="more">${h && d.role !== 'printer' ? html`${screenName(h.screen)}${h.page_open ? null : html`<small>${t('fleet.nopage')}</small>`}` : '–'}</td>
            <td class="more">${h && d.role !== 'printer' ? html`${soundName(h.sound)}${h.speaker ? html`<small>${t('fleet.speaker')}</small>` : null}` : '–'}</td>
            <td class="more">${h && d.role === 'kiosk' ? ago(h.last_touch, now) : '–'}</td>
            <td class="more">${h ? clockDiff(h.clock_diff_ms) : '–'}</td>
            <td class="more">${h ? html`${h.version}<small>${t('fleet.up', { time: lasted(h.uptime_s) })}</small>` : '–'}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

/** @param {Device} d @param {string} zone */
function heard(d, zone) {
  if (d.heard) return t('fleet.heard', { time: clock(d.heard, zone) });
  return d.lapses_at ? t('fleet.lapses', { time: clock(d.lapses_at, zone) }) : t('fleet.unheard');
}
