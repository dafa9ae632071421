// @ts-check
// Having a slip printed from a page of the staff: which printer takes it, and what became of it. A
// centre without a printer shows nothing of all this.
import { html, signal, batch, useEffect, useRef } from '../core/dom.js';
import { get, post, newTicketId } from '../core/api.js';
import { icon } from '../core/icons.js';
import { t, has, clock, errorText } from '../core/i18n.js';
import { recall, remember } from '../core/store.js';

/**
 * @typedef {{device: string, role: string, place: string, online: boolean, state: string, prints: boolean}} Printer
 * @typedef {{id: string, ticket: string, device: string, state: string, why?: string, at: string, ended_at?: string}} Print
 * @typedef {ReturnType<typeof makePrinting>} Printing
 */

/** How often it is asked how the printers are, while somebody looks. */
const AGAIN_MS = 10_000;

/** @param {import('../core/page.js').Env} env */
export function makePrinting(env) {
  const center = `/api/v1/centers/${encodeURIComponent(env.center)}`;
  const mine = `printer-${env.center}`;
  /** Best first; null while they are not known. */
  const printers = signal(/** @type {Printer[] | null} */ (env.ui.printers ?? null));
  const chosen = signal(/** @type {string} */ (env.frozen ? '' : (recall(mine) ?? '')));
  const busy = signal(false);
  const refused = signal(/** @type {any} */ (env.ui.print_refused ?? null));

  async function load() {
    if (env.frozen) return;
    try {
      printers.value = (await get(`${center}/prints`)).printers;
    } catch {
      // As before: the page says by itself when the server is away.
    }
  }

  /** The one that would print now: the one that was chosen here, else the best. */
  const device = () => {
    const list = printers.value ?? [];
    return list.find((p) => p.device === chosen.value) ?? list[0];
  };

  return {
    printers,
    busy,
    refused,
    load,
    device,
    /** @param {string} id */
    choose(id) {
      batch(() => {
        chosen.value = id;
        refused.value = null;
      });
      remember(mine, id);
    },
    /** @param {string} ticket */
    async order(ticket) {
      const on = device();
      if (env.frozen || busy.value || !on) return;
      busy.value = true;
      refused.value = null;
      // The id is made before the first attempt: one that is repeated is the same order.
      const id = newTicketId();
      try {
        await post(`/api/v1/tickets/${ticket}/print`, { id, device: on.device });
      } catch (err) {
        refused.value = err;
      }
      busy.value = false;
      void load();
    },
  };
}

/** What became of an order, as a sentence. @param {Print} p @param {Printing} printing @param {string} zone */
function became(p, printing, zone) {
  const place = printing.printers.value?.find((x) => x.device === p.device)?.place ?? '';
  const why = p.why && has(`desk.print.why.${p.why}`) ? t(`desk.print.why.${p.why}`) : t('desk.print.why.error');
  return t(`desk.print.${p.state}`, { place, why, time: clock(p.ended_at ?? p.at, zone) });
}

const LOOK = /** @type {Record<string, string>} */ ({ printed: 'note--ok', failed: 'note--bad', doubtful: 'note--warn', late: 'note--bad' });

/**
 * The button, which printer it means, and how the newest order of the ticket stands.
 * @param {{printing: Printing, doc: any, ticket: string, off: boolean, small?: boolean}} props
 */
export function PrintSlip({ printing, doc, ticket, off, small }) {
  const list = printing.printers.value ?? [];
  const on = printing.device();
  const last = (doc.prints ?? []).find((/** @type {Print} */ p) => p.ticket === ticket);
  const keys = useRef(false);
  // What is wrong with a device comes with the document; how each printer is, has to be asked for.
  const news = (doc.alerts ?? []).map((/** @type {any} */ a) => `${a.device} ${a.kind}`).join();
  useEffect(() => {
    void printing.load();
    const again = setInterval(() => document.hidden || void printing.load(), AGAIN_MS);
    return () => clearInterval(again);
  }, [ticket, last?.state, news]);
  if (!on && !last) return null;
  const err = printing.refused.value;
  const again = last && last.state !== 'ordered' && last.state !== 'failed' && last.state !== 'late';
  const id = `print-${ticket}`;
  /** Chosen with the mouse, it gives the keyboard back to the page. @param {any} e */
  const choose = (e) => {
    printing.choose(e.target.value);
    if (!keys.current) e.target.blur();
  };
  return html`<div class=${`print ${small ? 'print--small' : ''}`} role="group" aria-label=${t('desk.print')}>
    ${list.length > 1 &&
    html`<label class="sr-only" for=${id}>${t('desk.print.where')}</label>
      <select class="input" id=${id} onKeyDown=${() => (keys.current = true)} onPointerDown=${() => (keys.current = false)} onChange=${choose}>
        ${list.map((p) => html`<option value=${p.device} selected=${p.device === on?.device}>${p.place}${p.prints ? '' : ` · ${t(`fleet.printer.${p.state}`)}`}</option>`)}
      </select>`}
    <button type="button" class=${`btn ${small ? 'btn--s btn--soft' : ''}`} disabled=${off || printing.busy.value || last?.state === 'ordered' || !on?.prints} onClick=${() => void printing.order(ticket)}>
      ${icon('printer')} ${t(again ? 'desk.print.again' : 'desk.print')}
    </button>
    ${list.length === 1 && html`<span class="muted print__place">${on?.place}${on?.prints ? '' : ` · ${t(`fleet.printer.${on?.state}`)}`}</span>`}
    <p class=${`print__said ${err ? 'note note--bad' : last ? `note ${LOOK[last.state] ?? ''}` : ''}`} role="status" hidden=${!err && !last}>${err ? errorText(err) : last ? became(last, printing, doc.time_zone) : ''}</p>
  </div>`;
}
