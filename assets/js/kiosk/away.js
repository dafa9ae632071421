// @ts-check
// Why nothing can be taken at all, as a whole screen: the machine is not let in, or the server is
// away and there is no lane of its own.
import { html } from '../core/dom.js';
import { t, clock } from '../core/i18n.js';
import { icon } from '../core/icons.js';
import { Pairing } from './pairing.js';
import { sentences } from './words.js';

/** @typedef {{code: string, mark: string, title: string, more: string}} Trouble */

/**
 * Null when all is well. A kiosk with a lane of its own gives out numbers while the server is away.
 * @param {import('../core/page.js').Env} env
 * @param {import('./local.js').Local} local
 * @returns {Trouble | null}
 */
export function troubleOf(env, local) {
  const { data, stale, since, error } = env.source;
  const doc = data.value;
  if (local.pairing()) return { code: 'pairing', mark: '', title: '', more: '' };
  if (error.value && [401, 403, 404].includes(error.value.status)) return { code: error.value.code, mark: 'lock', title: t('kiosk.not_allowed'), more: t('kiosk.not_allowed_more') };
  if (stale.value && !(doc && local.lane())) {
    const time = since.value && clock(since.value, doc?.time_zone);
    return { code: 'stale', mark: 'wifi-off', title: time ? t('stale', { time }) : t('stale.unknown'), more: t('kiosk.away_more') };
  }
  if (!doc) return { code: 'connecting', mark: 'loader-circle', title: t('connecting'), more: t('kiosk.ask_help') };
  if (doc.trouble && !local.lane()) {
    return { code: doc.trouble, mark: 'triangle-alert', title: t(doc.trouble === 'storage_unavailable' ? 'trouble.storage_unavailable' : 'trouble.other'), more: `${t('kiosk.ask_help')} ${t('kiosk.away_more')}` };
  }
  return null;
}

/** @param {{trouble: Trouble, local: import('./local.js').Local}} props */
export function Away({ trouble, local }) {
  const { code, mark, title, more } = trouble;
  if (code === 'pairing') return html`<${Pairing} pairing=${local.pairing()} />`;
  return html`
    <div class="full" role="status" data-code=${code}>
      <span class=${`full__mark ${code === 'connecting' ? 'full__mark--wait' : 'full__mark--quiet'}`}>${icon(mark)}</span>
      <h1 tabindex="-1" data-focus>${sentences(title)}</h1>
      <p>${sentences(more)}</p>
    </div>
  `;
}

/** Screens that give way to it; elsewhere somebody holds a number already.
 * @param {string} screen */
export function givesWay(screen) {
  return ['start', 'search', 'priority'].includes(screen);
}
