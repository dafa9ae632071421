// @ts-check
// What is asked before a command: why a visit is parked, where it goes, which number is called out
// of turn and why. One dialog at a time, Escape leaves, Enter sends.
import { html, useSignal } from '../core/dom.js';
import { icon } from '../core/icons.js';
import { t, text, clock, minutes } from '../core/i18n.js';
import { Dialog } from '../desk/dialog.js';
import { PrintSlip } from '../desk/print.js';
import { fieldName, groupName, sourceName, stateName, whyText } from '../desk/words.js';
import { letters, setLetters } from './keys.js';
import { Slip, readSlip } from './slips.js';
import { verbs } from './verbs.js';
import { secondsSince } from './visit.js';

/** @typedef {import('./desk.js').Desk} Desk */

/** @param {{desk: Desk}} props */
export function Dialogs({ desk }) {
  const open = desk.dialog.value;
  if (!open) return null;
  const close = () => desk.show(null);
  const Which = { park: Park, transfer: Transfer, number: CallNumber, keys: Keys, ticket: Ticket, slip: Slip }[open.kind];
  return Which ? html`<${Which} desk=${desk} close=${close} row=${open.row} key=${open.kind} />` : null;
}

/** A refusal is said inside the dialog, which stands before everything else. @param {{desk: Desk}} props */
function Fault({ desk }) {
  const said = desk.toast.value;
  return said?.bad ? html`<p class="note note--bad" role="alert">${said.say}</p>` : null;
}

/** @param {{desk: Desk, close: () => void}} props */
function Park({ desk, close }) {
  const held = desk.source.data.value.ticket;
  const reason = useSignal('');
  /** @param {string} why */
  const go = (why) => desk.run(verbs.park, why ? { reason: why } : {});
  const quick = ['papers', 'copy', 'fee', 'boss'].map((k) => t(`counter.park.${k}`));
  return html`<${Dialog} title=${t('counter.park.title', { number: held?.number ?? '' })} onClose=${close}>
    <form class="stack" onSubmit=${(/** @type {Event} */ e) => { e.preventDefault(); go(reason.value.trim()); }}>
      <div class="c-quick">
        ${quick.map((q) => html`<button type="button" class="btn btn--soft" disabled=${desk.blocked()} onClick=${() => go(q)}>${q}</button>`)}
      </div>
      <div class="field">
        <label for="why">${t('counter.park.why')}</label>
        <input class="input" id="why" maxlength="80" autocomplete="off" data-first onInput=${(/** @type {any} */ e) => (reason.value = e.target.value)} />
        <p class="muted">${t('counter.nopersonal')}</p>
      </div>
      <${Fault} desk=${desk} />
      <button class="btn btn--primary" disabled=${desk.blocked()}>${t('counter.do.park')}</button>
    </form>
  <//>`;
}

/** @param {{desk: Desk, close: () => void}} props */
function Transfer({ desk, close }) {
  const d = desk.source.data.value;
  const second = useSignal(false);
  const held = d.ticket;
  /** @param {any} where */
  const go = (where) => desk.run(verbs.transfer, second.value ? { ...where, second: true } : where);
  const desks = d.counters.filter((/** @type {any} */ c) => c.number !== d.number && c.state !== 'closed');
  return html`<${Dialog} title=${t('counter.transfer.title', { number: held?.number ?? '' })} onClose=${close}>
    <label class="c-check"><input type="checkbox" checked=${second.value} onChange=${(/** @type {any} */ e) => (second.value = e.target.checked)} /> ${t('counter.transfer.second')}</label>
    <p class="muted">${second.value ? t('counter.transfer.second.yes') : t('counter.transfer.second.no')}</p>
    <${Fault} desk=${desk} />
    <h3>${t('counter.transfer.field')}</h3>
    <div class="c-quick">
      ${d.services
        .filter((/** @type {any} */ s) => s.id !== held?.service || second.value)
        .map(
          (/** @type {any} */ s, /** @type {number} */ i) => html`<button type="button" class="btn c-place" data-first=${i === 0 ? '' : undefined} disabled=${desk.blocked()} onClick=${() => go({ service: s.id })}>
            <b class="num">${s.prefix}</b> <span>${text(s.name)}</span> <small>${s.open_counters ? t('counter.lined', { n: s.waiting }) : t('counter.nodesk')}</small>
          </button>`,
        )}
    </div>
    <h3>${t('counter.transfer.counter')}</h3>
    <div class="c-quick c-quick--desks">
      ${desks.map(
        (/** @type {any} */ c) => html`<button type="button" class="btn c-place" disabled=${desk.blocked()} onClick=${() => go({ counter: c.number })}>
          <b class="num">${c.number}</b> <span>${c.services.map((/** @type {string} */ s) => fieldName(d, s)).join(', ')}</span>
          <small>${c.state === 'paused' ? t('counter.state.paused') : c.ticket_number ? t('counter.serves', { number: c.ticket_number }) : t('counter.free')}</small>
        </button>`,
      )}
      ${desks.length === 0 ? html`<p class="muted">${t('counter.transfer.nodesk')}</p>` : null}
    </div>
  <//>`;
}

/** Out of turn or by the paper in the person's hand. @param {{desk: Desk, close: () => void}} props */
function CallNumber({ desk, close }) {
  const number = useSignal('');
  const reason = useSignal('');
  /** @param {Event} e */
  function go(e) {
    e.preventDefault();
    const slip = readSlip(number.value); // typed, or scanned from the slip
    if (slip.number) void desk.slip(slip);
    else if (slip.ticket) void desk.call(slip.ticket, reason.value.trim());
  }
  return html`<${Dialog} title=${t('counter.number.title')} onClose=${close}>
    <form class="stack" onSubmit=${go}>
      <div class="field">
        <label for="number">${t('counter.number.number')}</label>
        <input class="input c-big num" id="number" data-first required autocomplete="off" autocapitalize="characters" maxlength="120" onInput=${(/** @type {any} */ e) => (number.value = e.target.value)} />
      </div>
      <div class="field">
        <label for="because">${t('counter.number.why')}</label>
        <input class="input" id="because" maxlength="80" autocomplete="off" onInput=${(/** @type {any} */ e) => (reason.value = e.target.value)} />
        <p class="muted">${t('counter.number.rule')}</p>
      </div>
      <${Fault} desk=${desk} />
      <button class="btn btn--primary" disabled=${desk.blocked()}>${t('counter.do.number.this')}</button>
    </form>
  <//>`;
}

/** The panel at the side: one waiting ticket in full. @param {{desk: Desk, close: () => void, row: any}} props */
function Ticket({ desk, close, row }) {
  const d = desk.source.data.value;
  const reason = useSignal('');
  // The newest form of the row; it may have left the line while the panel stood open.
  const r = d.waiting.find((/** @type {any} */ x) => x.id === row.id) ?? row;
  const here = d.waiting.some((/** @type {any} */ x) => x.id === row.id);
  const off = desk.blocked();
  const free = d.state === 'open' && !d.ticket;
  const first = d.waiting[0]?.id === r.id;
  return html`<${Dialog} title=${r.number} panel onClose=${close}>
    ${here ? null : html`<p class="note note--warn">${t('counter.gone')}</p>`}
    <${Fault} desk=${desk} />
    <dl class="c-facts">
      <div><dt>${t('desk.field')}</dt><dd>${fieldName(d, r.service)}</dd></div>
      <div><dt>${t('desk.state')}</dt><dd>${stateName(r.state)}${r.priority ? ` · ${t('priority')}: ${groupName(d, r.priority)}` : ''}</dd></div>
      <div><dt>${t('desk.issued')}</dt><dd>${clock(r.issued_at, d.time_zone)} ${sourceName(r.source)}</dd></div>
      <div><dt>${t('desk.waits')}</dt><dd>${minutes(secondsSince(r.wait_since))}</dd></div>
      <div><dt>${t('desk.why')}</dt><dd>${whyText(r, d.time_zone)}</dd></div>
      ${r.target ? html`<div><dt>${t('desk.kept')}</dt><dd>${t('counter.n', { n: r.target })}</dd></div>` : null}
    </dl>
    <div class="c-block"><${PrintSlip} printing=${desk.printing} doc=${d} ticket=${r.id} off=${desk.blocked()} /></div>
    ${here
      ? html`<form class="stack c-block" onSubmit=${(/** @type {Event} */ e) => { e.preventDefault(); void desk.call(r.id, reason.value.trim()); }}>
            <h3>${t('counter.do.number.this')}</h3>
            ${free
              ? html`${first ? null : html`<div class="field">
                      <label for="because">${t('counter.number.why')}</label>
                      <input class="input" id="because" required maxlength="80" autocomplete="off" onInput=${(/** @type {any} */ e) => (reason.value = e.target.value)} />
                    </div>`}
                  <button class="btn btn--primary" disabled=${off}>${icon('megaphone')} ${t('counter.do.number.this')}</button>`
              : html`<p class="muted">${t('counter.callwhenfree')}</p>`}
          </form>
          <div class="stack c-block">
            <div class="field">
              <label for="field">${t('desk.changefield')}</label>
              <select class="input" id="field" disabled=${off} onChange=${(/** @type {any} */ e) => desk.change(r, 'change-service', { service: e.target.value })}>
                ${d.services.map((/** @type {any} */ s) => html`<option value=${s.id} selected=${s.id === r.service}>${text(s.name)}</option>`)}
              </select>
            </div>
            <div class="field">
              <label for="group">${t('desk.setpriority')}</label>
              <select class="input" id="group" disabled=${off} onChange=${(/** @type {any} */ e) => desk.change(r, 'set-priority', { priority: e.target.value })}>
                <option value="" selected=${!r.priority}>${t('desk.nopriority')}</option>
                ${d.priorities.map((/** @type {any} */ c) => html`<option value=${c.id} selected=${c.id === r.priority}>${text(c.name)}</option>`)}
              </select>
            </div>
          </div>`
      : null}
  <//>`;
}

/** @param {{close: () => void}} props */
function Keys({ close }) {
  const rows = [
    ['Space', t('counter.keys.space')],
    ['S', t('counter.do.start')],
    ['F', t('counter.do.finish')],
    ['R', t('counter.do.recall')],
    ['N', t('counter.do.noShow')],
    ['H', t('counter.do.park')],
    ['C', t('counter.do.transfer')],
    ['B', t('counter.do.putBack')],
    ['D', t('counter.dossier')],
    ['G', t('counter.do.number')],
    ['P', `${t('counter.do.pause')} / ${t('counter.do.resume')}`],
    ['Z', t('counter.keys.undo')],
    ['?', t('counter.keys')],
    ['Esc', t('counter.keys.escape')],
  ];
  return html`<${Dialog} title=${t('counter.keys')} onClose=${close}>
    <table class="table c-keys">
      <tbody>
        ${rows.map(([k, say]) => html`<tr><th scope="row"><kbd class="kbd">${k}</kbd></th><td>${say}</td></tr>`)}
      </tbody>
    </table>
    <label class="c-check"><input type="checkbox" checked=${letters.value} onChange=${(/** @type {any} */ e) => setLetters(e.target.checked)} /> ${t('counter.keys.letters')}</label>
    <p class="muted">${t('counter.keys.say')}</p>
  <//>`;
}
