// @ts-check
// What stands around the call and the counters: the head, the last calls, the lines, the foot.
import { html } from '../core/dom.js';
import { t, text, lang, say, clock, dateLong, clockOrDay } from '../core/i18n.js';
import { now } from '../core/time.js';
import { icon } from '../core/icons.js';
import { nameParts } from '../core/names.js';
import { Ticker } from './ticker.js';
import { both, second } from './words.js';

/** @param {{doc: any, source: import('../core/socket.js').Source}} props */
export function Head({ doc, source }) {
  const zone = doc?.time_zone;
  const hour = html`<p class="head__time"><span class="head__date">${dateLong(now.value, zone)}</span> <b class="num">${clock(now.value, zone)}</b></p>`;
  if (source.stale.value) {
    const time = source.since.value && clock(source.since.value, zone);
    const key = time ? 'stale' : 'stale.unknown';
    return html`
      <header class="board__head board__head--stale" role="status" data-stale="true">
        ${icon('wifi-off')}
        <p class="grow"><b>${t(key, { time })}</b><span class="second" lang=${second()}>${say(second(), key, { time })}</span></p>
        ${hour}
      </header>
    `;
  }
  const [org, place] = doc ? nameParts(doc) : [t('app.name'), ''];
  return html`
    <header class="board__head">
      <span class="seal">${icon('landmark')}</span>
      <p class="grow board__name"><b>${org}</b> ${place}</p>
      ${hour}
    </header>
  `;
}

/**
 * The calls before the one on the card, newest first, each number once.
 * @param {any} doc
 * @param {import('./calls.js').Shown | null} shown
 * @param {number} most
 * @returns {import('./calls.js').Call[]}
 */
export function before(doc, shown, most) {
  const held = new Set([shown?.call.number]);
  const calls = [];
  for (const c of [...doc.calls].reverse()) {
    if ((shown && c.call >= shown.call.call) || held.has(c.number)) continue;
    held.add(c.number);
    calls.push(c);
    if (calls.length === most) break;
  }
  return calls;
}

/** @param {{doc: any, shown: import('./calls.js').Shown | null, most: number}} props */
export function Last({ doc, shown, most }) {
  const calls = before(doc, shown, most);
  return html`
    <section class="last">
      <h2 class="strip__label">${both('display.last')}</h2>
      ${calls.length === 0 && html`<p class="last__none">–</p>`}
      <ol class="last__calls">
        ${calls.map((c) => html`<li key=${c.call} data-last=${c.call}><b>${c.number}</b>${icon('arrow-right')}<span class="sr-only">${t('counter')} </span><b class="last__counter">${c.counter}</b></li>`)}
      </ol>
    </section>
  `;
}

/** How many wait for each field, in the centre's order. @param {{doc: any}} props */
export function Lines({ doc }) {
  const letters = doc.services.reduce((/** @type {number} */ n, /** @type {any} */ s) => n + text(s.name).length, 0);
  return html`
    <section class="lines">
      <h2 class="strip__label">${both('display.lines')}</h2>
      <ul class="lines__fields" data-many=${String(doc.services.length > 9 || letters > 150)}>
        ${doc.services.map(
          (/** @type {any} */ s) => html`
            <li key=${s.id} data-service=${s.id} class=${s.pause ? 'lines__off' : ''}>
              <b class="num">${s.waiting}</b>
              <span>${text(s.name)}${s.pause && html`<em>${t('display.field_paused')}</em>`}</span>
            </li>
          `,
        )}
      </ul>
    </section>
  `;
}

/**
 * What to do, and the rule in force; or what is not as usual. Messages take turns with it.
 * @param {{doc: any, messages: import('./settings.js').Message[], still: boolean, summary: boolean}} props
 */
export function Foot({ doc, messages, still, summary }) {
  const off = notice(doc);
  if (off) {
    return html`<footer class="board__foot board__foot--notice" role="status">${icon(off.mark)}<p class="grow"><b>${off.words(lang.value)}</b><span class="second" lang=${second()}>${off.words(second())}</span></p></footer>`;
  }
  const rest = html`
    <footer class="board__foot">
      ${icon(summary ? 'qr-code' : 'smartphone')}
      <p class="grow">${both(summary ? 'display.hall.hint' : 'display.hint')}</p>
      <p class="board__rule"><b>${text(doc.rule)}</b>${doc.rule?.en && html`<span class="second" lang=${second()}>${text(doc.rule, second())}</span>`}</p>
    </footer>
  `;
  return html`<${Ticker} messages=${messages} zone=${doc.time_zone} still=${still} rest=${rest} />`;
}

/** @param {any} doc */
function notice(doc) {
  if (doc.trouble) {
    const key = doc.trouble === 'storage_unavailable' ? 'trouble.storage_unavailable' : 'trouble.other';
    return { mark: 'triangle-alert', words: (/** @type {string} */ l) => say(l, key) };
  }
  const field = doc.pause ? null : doc.services.find((/** @type {any} */ s) => s.pause);
  const pause = doc.pause ?? field?.pause;
  if (!pause) return null;
  const time = pause.until ? clockOrDay(pause.until, now.value, doc.time_zone) : '';
  const key = `display.${field ? 'pause_field' : 'pause'}${time ? '_until' : ''}`;
  return {
    mark: 'circle-pause',
    words: (/** @type {string} */ l) => say(l, key, { field: text(field?.name, l), reason: pause.reason, time }),
  };
}
