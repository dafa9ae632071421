// @ts-check
// Below the actions: who is to be called back, who was just finished, what belongs to this visit, and
// where else to send.
import { html } from '../core/dom.js';
import { t, text, clock, minutes } from '../core/i18n.js';
import { now, nowMs } from '../core/time.js';
import { PrintSlip } from '../desk/print.js';
import { Papers } from './papers.js';
import { secondsSince } from './visit.js';

/** @param {{desk: import('./desk.js').Desk}} props */
export function Back({ desk }) {
  const d = desk.source.data.value;
  const free = d.state === 'open' && !d.ticket;
  const off = desk.blocked();
  /** @type {import('../desk/words.js').Row[]} */
  const back = [...d.parked, ...d.missed];
  return html`<section class="card card--flat c-panel c-panel--back" aria-labelledby="back-h" tabindex="0">
    <h2 id="back-h">${t('counter.back')}${back.length ? html` <span class="num">· ${back.length}</span>` : null}</h2>
    <ul class="c-list c-list--back">
      ${back.map((r) => {
        const parked = r.state === 'parked';
        return html`<li key=${r.id}>
          <span class="c-row-n num">${r.number}</span>
          <span class="c-cut" title=${about(r)}>${about(r)}</span>
          ${parked
            ? html`<button type="button" class="btn btn--soft btn--s" disabled=${off || !free} title=${free ? undefined : t('counter.callwhenfree')} onClick=${() => desk.call(r.id)}>
                ${t('counter.call')}<span class="sr-only"> ${r.number}</span>
              </button>`
            : html`<button type="button" class="btn btn--soft btn--s" disabled=${off} onClick=${() => desk.back(r)}>
                ${t('desk.isback')}<span class="sr-only"> ${r.number}</span>
              </button>`}
        </li>`;
      })}
      ${back.length === 0 ? html`<li class="c-none">${t('counter.back.none')}</li>` : null}
    </ul>
    <h2 id="done-h">${t('counter.done')}</h2>
    <ul class="c-list">
      ${d.finished.slice(0, 2).map((/** @type {import('../desk/words.js').Row} */ r) => {
        const spent = secondsSince(r.started_at || r.called_at, r.ended_at);
        return html`<li key=${r.id}>
          <span class="c-row-n num">${r.number}</span>
          <span class="c-cut num">${r.ended_at ? clock(r.ended_at, d.time_zone) : ''} · ${minutes(spent)}</span>
          ${desk.still(r.reopen_by) && now.value
            ? html`<button type="button" class="btn btn--soft btn--s" disabled=${off || !free} title=${free ? undefined : t('counter.callwhenfree')} onClick=${() => desk.reopen(r)}>
                ${t('counter.reopen')}<span class="sr-only"> ${r.number}</span>
              </button>`
            : null}
        </li>`;
      })}
      ${d.finished.length === 0 ? html`<li class="c-none">${t('counter.done.none')}</li>` : null}
    </ul>
  </section>`;
}

/** Why a ticket is to be called back, and since or until when. @param {import('../desk/words.js').Row} r */
function about(r) {
  if (r.state === 'missed') {
    if (!r.return_by) return t('desk.state.missed');
    const left = (Date.parse(r.return_by) - nowMs()) / 1000;
    return `${t('desk.state.missed')}, ${t('counter.left', { time: minutes(left) })}`;
  }
  const ago = t('counter.ago', { time: minutes(secondsSince(r.ended_at)) });
  return `${r.reason || t('desk.state.parked')}, ${ago}`;
}

/** The other fields and how busy they are; with a visit in hand, one press sends it there.
 * @param {{desk: import('./desk.js').Desk}} props */
export function Other({ desk }) {
  const d = desk.source.data.value;
  const held = d.ticket;
  const off = desk.blocked();
  const fields = d.services.filter((/** @type {any} */ s) => s.id !== held?.service);
  return html`<section class="card card--flat c-panel" aria-labelledby=${held ? 'this-h' : 'other-h'} tabindex="0">
    ${held ? html`<h2 id="this-h">${t('counter.this')}</h2><${Papers} desk=${desk} id=${held.id} ticket=${held} /><${PrintSlip} printing=${desk.printing} doc=${d} ticket=${held.id} off=${off} small />` : null}
    <h2 id="other-h">${held ? t('counter.transfers') : t('counter.fields')}</h2>
    <ul class="c-list c-list--to">
      ${fields.map(
        (/** @type {any} */ s) => html`<li key=${s.id}>
          <span class="c-row-n num">${s.prefix}</span>
          <span class="c-to">${text(s.name)}\u00a0· <span class="num nowrap">${s.open_counters ? t('counter.lined', { n: s.waiting }) : t('counter.nodesk')}</span></span>
          ${held
            ? html`<button type="button" class="btn btn--soft btn--s" disabled=${off} onClick=${() => desk.run(transferVerb, { service: s.id })}>
                ${t('counter.send')}<span class="sr-only">: ${text(s.name)}</span>
              </button>`
            : null}
        </li>`,
      )}
    </ul>
  </section>`;
}

/** As the key C does, but the place is known. */
const transferVerb = { id: 'transfer', key: 'c', icon: 'arrow-left-right', path: 'transfer' };
