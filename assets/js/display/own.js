// @ts-check
// The small screen over one counter: whose turn it is there, and nothing else.
import { html } from '../core/dom.js';
import { t, text, clock, say } from '../core/i18n.js';
import { now, nowMs } from '../core/time.js';
import { icon } from '../core/icons.js';
import { both, second } from './words.js';

/** @type {Record<string, string>} */
const STATES = { open: 'display.own.open', paused: 'display.own.paused', closed: 'display.own.closed' };
const FRESH_MS = 60_000;

/** @param {{doc: any, source: import('../core/socket.js').Source, number: number, still: boolean}} props */
export function Own({ doc, source, number, still }) {
  const c = doc.counters.find((/** @type {any} */ k) => k.number === number);
  const stale = source.stale.value;
  if (!c) {
    return html`<${Frame} number=${number} state="none" doc=${doc} source=${source}><p class="own__state"><b>${t('display.own.none', { n: number })}</b></p></${Frame}>`;
  }
  const ids = c.ticket_number && c.service ? [c.service] : (c.services ?? []);
  const fields = ids.map((/** @type {string} */ id) => doc.services.find((/** @type {any} */ s) => s.id === id)).filter(Boolean);
  const called = c.ticket_number && c.ticket_state === 'called';
  const call = called ? doc.calls.filter((/** @type {any} */ k) => k.counter === number && k.number === c.ticket_number).at(-1) : null;
  const fresh = !stale && call && (still || nowMs() - Date.parse(call.at) < FRESH_MS);
  const state = called ? 'called' : c.ticket_number ? 'serving' : c.state;
  const name = c.name ? text(c.name) : fields.map((/** @type {any} */ s) => text(s.name)).join(' · ');
  return html`
    <${Frame} number=${number} state=${state} doc=${doc} source=${source} fresh=${fresh ? call.call : 0}>
      ${c.ticket_number
        ? html`
            <p class="own__label">
              ${both(called ? (call?.again ? 'display.again' : 'display.calling') : 'display.own.serving')}
              ${c.priority && html`<span class="call__priority">${t('priority')}</span>`}
            </p>
            <p class="own__number" data-own=${c.ticket_number} data-length=${c.ticket_number.length}>${c.ticket_number}</p>
          `
        : html`<p class="own__state"><b>${t(STATES[c.state])}</b><span class="second" lang=${second()}>${say(second(), STATES[c.state])}</span></p>`}
      <p class="own__fields" data-long=${String(name.length > 34)}>${name}</p>
    </${Frame}>
  `;
}

/** @param {{number: number, state: string, doc: any, source: import('../core/socket.js').Source, fresh?: number, children?: any}} props */
function Frame({ number, state, doc, source, fresh, children }) {
  const stale = source.stale.value;
  const time = source.since.value && clock(source.since.value, doc.time_zone);
  return html`
    <div class="board own" data-state=${state} data-counter=${number} data-stale=${stale ? 'true' : undefined}>
      <h1 class="sr-only">${t('counter.n', { n: number })}</h1>
      <div class="own__counter"><span class="own__label">${both('counter')}</span><b class="own__n">${number}</b></div>
      <div class="own__main" key=${fresh || 'still'} data-fresh=${fresh ? 'true' : undefined}>${children}</div>
      <p class="own__foot" role="status">
        ${stale ? html`${icon('wifi-off')}<span class="grow">${t(time ? 'stale' : 'stale.unknown', { time })}</span>` : html`<span class="grow"></span>`}
        <b class="num">${clock(now.value, doc.time_zone)}</b>
      </p>
    </div>
  `;
}
