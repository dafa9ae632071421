// @ts-check
// The call: number, arrow, counter, across the whole width.
import { html } from '../core/dom.js';
import { t, lang, say } from '../core/i18n.js';
import { icon } from '../core/icons.js';
import { both, second } from './words.js';

/**
 * @param {{shown: import('./calls.js').Shown | null, state: 'call' | 'empty' | 'closed' | 'connecting', stale: boolean}} props
 */
export function Card({ shown, state, stale }) {
  if (state !== 'call' || !shown) return html`<${Calm} state=${state === 'call' ? 'empty' : state} />`;
  const { call, fresh } = shown;
  return html`
    <section
      key=${call.call}
      class=${`call ${fresh && !stale ? 'call--fresh' : ''} ${stale ? 'call--stale' : ''}`}
      data-call=${call.call}
      data-number=${call.number}
      data-counter=${call.counter}
      aria-hidden="true"
    >
      <div class="call__side">
        <p class="call__label">
          ${both(call.again ? 'display.again' : 'display.calling')}
          ${call.priority && html`<span class="call__priority">${t('priority')}</span>`}
        </p>
        <p class="call__number" data-length=${call.number.length}>${call.number}</p>
      </div>
      <div class="call__arrow">${icon('arrow-right')}</div>
      <div class="call__side call__side--counter">
        <p class="call__label">${both('counter')}</p>
        <p class="call__number">${call.counter}</p>
      </div>
    </section>
  `;
}

/** Said to those who listen to the screen instead of looking at it. @param {{shown: import('./calls.js').Shown | null}} props */
export function Spoken({ shown }) {
  const c = shown?.fresh ? shown.call : null;
  const key = c?.again ? 'display.spoken_again' : 'display.spoken';
  return html`<p class="sr-only" role="status" aria-live="assertive">${c && say(c.language === 'en' ? 'en' : lang.value, key, { number: c.number, counter: c.counter })}</p>`;
}

/** @param {{state: 'empty' | 'closed' | 'connecting'}} props */
function Calm({ state }) {
  const key = { empty: 'display.empty', closed: 'display.closed', connecting: 'connecting' }[state];
  return html`
    <section class="call call--calm" data-state=${state}>
      <div>
        <p class="calm__first">${t(key)}</p>
        <p class="calm__second" lang=${second()}>${say(second(), key)}</p>
        ${state === 'empty' && html`<p class="calm__more">${t('display.empty_more')}<span class="second" lang=${second()}>${say(second(), 'display.empty_more')}</span></p>`}
      </div>
    </section>
  `;
}
