// @ts-check
// The faces of a board. Each is made of the same parts, so that a call looks the same in every hall.
import { html } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { icon } from '../core/icons.js';
import { Card, Spoken } from './card.js';
import { Tiles } from './tiles.js';
import { Head, Last, Lines, Foot, before } from './strips.js';
import { Media, due } from './media.js';
import { Own } from './own.js';
import { Summary } from './summary.js';
import { both } from './words.js';

/**
 * @typedef {object} Scene
 * @property {any} doc
 * @property {import('../core/socket.js').Source} source
 * @property {import('./settings.js').Settings} set
 * @property {import('./calls.js').Shown | null} shown
 * @property {'call' | 'empty' | 'closed'} state
 * @property {boolean} stale
 * @property {boolean} busy a call has its moment
 * @property {boolean} still in the gallery
 */

/** A face with pictures, when there are none to show. @type {Record<string, string>} */
const PLAIN = { signage: 'counters', 'portrait-signage': 'portrait' };

/** @param {Scene} s */
export function Board(s) {
  const { doc, source, set, shown, state, stale, still } = s;
  if (set.layout === 'counter') return html`<${Own} doc=${doc} source=${source} number=${set.counter} still=${still} /><${Spoken} shown=${null} />`;
  const layout = due(set, doc.time_zone).length === 0 ? (PLAIN[set.layout] ?? set.layout) : set.layout;
  const foot = html`<${Foot} doc=${doc} messages=${set.ticker} still=${still} summary=${layout === 'summary'} />`;
  return html`
    <div class="board" data-state=${state} data-face=${layout}>
      <h1 class="sr-only">${t('display.title')}</h1>
      <${Head} doc=${doc} source=${source} />
      ${layout !== 'summary' && html`<${Card} shown=${shown} state=${state} stale=${stale} />`}
      <${Spoken} shown=${stale ? null : shown} />
      ${body(layout, s)} ${foot}
    </div>
  `;
}

/**
 * What stands between the call and the foot.
 * @param {string} layout
 * @param {Scene} s
 */
function body(layout, { doc, set, shown, stale, still, busy }) {
  const shape = layout === 'portrait' ? 'upright' : layout === 'portrait-signage' ? 'low' : 'wide';
  const tiles = html`<${Tiles} doc=${doc} shown=${shown} stale=${stale} still=${still} shape=${shape} />`;
  const media = html`<${Media} set=${set} doc=${doc} busy=${busy} volume=${(set.voice.volume ?? 80) / 100} still=${still} />`;
  switch (layout) {
    case 'calls':
      return html`<${Past} doc=${doc} shown=${shown} most=${6} />`;
    case 'signage':
      return html`
        <div class="beside">
          ${media}
          <${Past} doc=${doc} shown=${shown} most=${5} />
        </div>
      `;
    case 'portrait-signage':
      return html`${media}${tiles}`;
    case 'summary':
      return html`<${Summary} doc=${doc} />`;
    default:
      return html`<${Last} doc=${doc} shown=${shown} most=${layout === 'portrait' ? 3 : 6} />${tiles}<${Lines} doc=${doc} />`;
  }
}

/** The calls before, large. @param {{doc: any, shown: import('./calls.js').Shown | null, most: number}} props */
function Past({ doc, shown, most }) {
  const calls = before(doc, shown, most);
  return html`
    <section class="past">
      <h2 class="past__title">${both('display.last')}</h2>
      ${calls.length === 0 && html`<p class="past__none">–</p>`}
      <ol class="past__calls">
        ${calls.map(
          (c) => html`
            <li key=${c.call} data-last=${c.call}>
              <b class="past__number" data-length=${c.number.length}>${c.number}</b>${icon('arrow-right')}<span class="sr-only">${t('counter')} </span><b class="past__counter">${c.counter}</b>
            </li>
          `,
        )}
      </ol>
    </section>
  `;
}
