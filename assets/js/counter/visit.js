// @ts-check
// The card of the visit in hand: the number first, and how long it has lasted.
import { html } from '../core/dom.js';
import { t, text, clock, minutes } from '../core/i18n.js';
import { now } from '../core/time.js';
import { fieldName, groupName, sourceName } from '../desk/words.js';

/** Whole seconds since an instant, never below zero: clocks differ.
 * @param {string | undefined} from @param {string | number} [to] */
export function secondsSince(from, to = now.value) {
  return from ? Math.max(0, (new Date(to).getTime() - Date.parse(from)) / 1000) : 0;
}

/** @param {{desk: import('./desk.js').Desk}} props */
export function Visit({ desk }) {
  const d = desk.source.data.value;
  const r = d.ticket;
  if (!r) return html`<${NoVisit} desk=${desk} />`;
  const serving = r.state === 'serving';
  const from = serving ? r.started_at || r.called_at : r.called_at;
  const spent = secondsSince(from);
  const target = d.services.find((/** @type {any} */ s) => s.id === r.service)?.target_s || 0;
  const waited = secondsSince(r.issued_at, r.called_at);
  const source = sourceName(r.source);
  return html`<section class=${`card c-visit ${serving ? '' : 'c-visit--called'}`} aria-label=${t('counter.visit')}>
    <p class=${`number c-number ${r.number.length > 4 ? 'c-number--long' : ''}`}>${r.number}</p>
    <div class="c-about">
      <h2 title=${fieldName(d, r.service)}>${fieldName(d, r.service)}</h2>
      <p>
        ${t('counter.issued', { time: clock(r.issued_at, d.time_zone) })}${source ? ` ${source}` : ''}, <span class="nowrap">${t('counter.waited', { time: minutes(waited) })}</span>
      </p>
      <p>
        ${t('counter.calls', { n: r.calls || 1 })} · <strong>${t(serving ? 'desk.state.serving' : 'desk.state.called')}</strong>
      </p>
      ${r.reference ? html`<p>${t('counter.reference')} <b>${r.reference}</b></p>` : null}
      ${r.priority ? html`<p class="chip chip--priority">${t('priority')}: ${groupName(d, r.priority)}</p>` : null}
    </div>
    <div class="c-timer">
      <p class=${`c-spent num ${serving && target && spent > target ? 'c-over' : ''}`}>${minutes(spent)}</p>
      ${serving
        ? target
          ? html`<p>${spent > target ? t('counter.over', { time: minutes(target) }) : t('counter.target', { time: minutes(target) })}</p>
              <progress class=${spent > target ? 'c-bar c-bar--over' : 'c-bar'} max=${target} value=${Math.min(spent, target)} aria-label=${t('counter.progress')}></progress>`
          : html`<p>${t('counter.sincestart')}</p>`
        : html`<p>${t('counter.sincecall')}</p>`}
    </div>
  </section>`;
}

/** @param {{desk: import('./desk.js').Desk}} props */
function NoVisit({ desk }) {
  const d = desk.source.data.value;
  const next = d.waiting[0];
  if (d.state !== 'open') {
    return html`<section class="card c-visit c-visit--none" aria-label=${t('counter.visit')}>
      <div class="c-about"><h2>${t(`counter.none.${d.state}`)}</h2><p>${t(`counter.none.${d.state}.say`)}</p></div>
    </section>`;
  }
  return html`<section class=${`card c-visit ${next ? 'c-visit--next' : 'c-visit--none'}`} aria-label=${t('counter.visit')}>
    ${next
      ? html`<p class=${`number c-number c-number--next ${next.number.length > 4 ? 'c-number--long' : ''}`}>${next.number}</p>
          <div class="c-about">
            <h2>${t('counter.nextis')}</h2>
            <p>${fieldName(d, next.service)}${next.priority ? ` · ${t('priority')}` : ''}</p>
            <p>${t('counter.waited', { time: minutes(secondsSince(next.wait_since)) })}</p>
          </div>`
      : html`<div class="c-about"><h2>${t('counter.nobody')}</h2><p>${t('counter.nobody.say')}</p></div>`}
    ${d.finished[0]?.ended_at &&
    html`<div class="c-timer"><p class="c-spent num">${minutes(secondsSince(d.finished[0].ended_at))}</p><p>${t('counter.sincelast')}</p></div>`}
  </section>`;
}
