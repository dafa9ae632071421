// @ts-check
// What a kiosk does between the first touch and the last, apart from how it looks.
//
// Promises: one journey makes one ticket, however often the screen is touched and the request is
// repeated; whoever walks away leaves nothing behind for the next person; the number can be taken
// back for half a minute, and not by whoever comes after.
import { signal, batch, effect } from '../core/dom.js';
import { post, newTicketId, newKey } from '../core/api.js';
import { setLang } from '../core/i18n.js';
import { modes } from './modes.js';
import { orphans } from './orphans.js';
import { paperOf, PRINT_WAIT_S } from './local.js';
import { scanned } from './lookup.js';
import { settingsOf } from './settings.js';
import { sitting } from './sitting.js';

/**
 * @typedef {object} Journey what one person asks for
 * @property {string} id of the ticket to be
 * @property {string} key of the request
 * @property {any} service the card that was touched
 * @property {string} priority "" for none
 * @property {string} reference code of a dossier, "" for none
 * @property {boolean} paper
 * @property {number} again how often the person asked again
 * @property {any} [appointment] that is checked in; its id is the ticket's
 */
/**
 * @typedef {{name: 'start'} | {name: 'search'} | {name: 'priority', service: any, reference?: string}
 *   | {name: 'issuing', journey: Journey}
 *   | {name: 'done', ticket: any, service: any, paper: boolean} | {name: 'cancelled', ticket: any}
 *   | {name: 'error', error: any, journey: Journey} | {name: 'limit'}
 *   | {name: 'looking'} | {name: 'found', ticket: any, service: any} | {name: 'missing', why: string}
 *   | {name: 'appointment', appointment: any, service: any}} Screen
 */

/** The appointment is not what it was when the screen was drawn: it is looked at again.
 * @param {any} error */
const changed = (error) => ['check_in_early', 'other_day', 'appointment_over', 'unknown_appointment'].includes(error?.code);

const CANCELLED_S = 15;
const LIMIT_S = 20;
/** How long a number may be taken back at the kiosk. */
export const CANCEL_S = 30;
/** With paper in hand people leave; without they need time to take a picture. */
const DONE_S = { printing: 30, printed: 30, declined: 60, none: 60, failed: 60 };

/**
 * @param {import('../core/page.js').Env} env
 * @param {import('./local.js').Local} local
 */
export function machine(env, local) {
  const screen = signal(/** @type {Screen} */ ({ name: 'start' }));
  const page = signal(0);
  const look = modes();
  const cancelling = signal(/** @type {'' | 'ask' | 'sending' | 'failed'} */ (''));
  const mayCancel = signal(true);
  /** What was typed into the search. */
  const query = signal('');
  /** The priority group that a card's age suggests, "" for none; and whether a card was read. */
  const suggested = signal(/** @type {string | null} */ (null));
  /** The picture of the ticket is shown. */
  const preview = signal(false);
  /** Paper is wished for. */
  const paper = signal(true);
  /** The printer takes too long. */
  const late = signal(false);
  /** Seconds left until the screen goes back to the start, null while nothing needs to. */
  const left = signal(/** @type {number | null} */ (null));
  const settings = () => settingsOf(env.source.data.value, local.device());
  const limit = signal(60);
  const given = orphans(env);
  const sits = sitting();
  let deadline = 0;
  let shown = 0; // when the present screen came

  /** @param {Screen} next */
  function go(next) {
    batch(() => {
      screen.value = next;
      cancelling.value = '';
      mayCancel.value = true;
      late.value = false;
      preview.value = false;
      shown = performance.now();
      refill();
    });
  }

  function limitNow() {
    const at = screen.peek();
    switch (at.name) {
      case 'issuing':
      case 'looking':
        return 0;
      case 'done':
        return DONE_S[paperNow()];
      case 'cancelled':
        return CANCELLED_S;
      case 'limit':
      case 'missing':
        return LIMIT_S;
      case 'start':
        return untouched() ? 0 : settings().idleS;
      default:
        return settings().idleS;
    }
  }

  function paperNow() {
    const at = screen.value;
    return at.name === 'done' ? paperOf(local, at.ticket, at.paper, late.value) : 'none';
  }

  /** Nothing differs from what the next person should find. */
  function untouched() {
    return page.peek() === 0 && !look.any() && suggested.peek() === null && document.documentElement.lang === 'vi';
  }

  /** Any touch gives the whole time again. */
  function refill() {
    if (env.frozen) return;
    const s = limitNow();
    limit.value = s || settings().idleS;
    deadline = performance.now() + s * 1000;
    left.value = s ? s : null;
  }

  function tick() {
    const age = (performance.now() - shown) / 1000;
    late.value = age > PRINT_WAIT_S;
    if (age > CANCEL_S) tooLate();
    if (limitNow() === 0) {
      left.value = null;
      return;
    }
    if (left.peek() === null) return refill();
    const s = (deadline - performance.now()) / 1000;
    left.value = Math.max(0, s);
    if (s <= 0) {
      sits.forget();
      reset();
    }
  }

  /** Back to the beginning, for the next person. */
  function reset() {
    const at = screen.peek();
    if (at.name === 'error') giveUp(at.journey, at.error);
    if (at.name === 'done' || at.name === 'cancelled') sits.ends();
    batch(() => {
      page.value = 0;
      query.value = '';
      suggested.value = null;
      paper.value = !settings().paperless;
      look.reset();
      go({ name: 'start' });
    });
    local.forget();
    void setLang('vi').then(refill);
  }

  /** Back to the fields; how this person wants the screen stays. */
  function back() {
    query.value = '';
    go({ name: 'start' });
  }

  /**
   * A field was touched: next is the question, which is also where a wrong touch is noticed.
   * @param {any} service
   * @param {string} [reference]
   */
  function choose(service, reference = '') {
    if (!['start', 'search', 'appointment'].includes(screen.peek().name) || !service.open) return;
    if (!sits.may(settings().sessionLimit)) go({ name: 'limit' });
    else go({ name: 'priority', service, reference });
  }

  /**
   * @param {any} service
   * @param {string} priority
   */
  function issue(service, priority) {
    const at = screen.peek();
    if (at.name !== 'priority') return;
    return send({ id: newTicketId(), key: newKey(), service, priority, reference: at.reference ?? '', paper: paper.peek(), again: 0 });
  }

  /** @param {Journey} journey */
  async function send(journey) {
    go({ name: 'issuing', journey });
    if (env.frozen) return;
    const how = {
      source: 'kiosk',
      language: document.documentElement.lang,
      ...(env.device === 'kiosk' && local.printer() ? { paper: journey.paper } : {}),
    };
    // The program of a kiosk is told what the appointment is for: it may have to give a number
    // of its own.
    const wish = {
      id: journey.id,
      service: journey.service.id,
      ...(journey.priority ? { priority: journey.priority } : {}),
      ...(journey.reference ? { reference: journey.reference } : {}),
    };
    try {
      const ticket = journey.appointment
        ? await post(`/api/v1/appointments/${journey.id}/check-in`, env.device === 'kiosk' ? { ...wish, ...how } : how, { key: journey.key })
        : await post(`/api/v1/centers/${env.center}/tickets`, { ...wish, ...how }, { key: journey.key });
      sits.took();
      go({ name: 'done', ticket, service: journey.service, paper: journey.paper });
    } catch (error) {
      if (journey.appointment && changed(error)) void scans.lookUp(journey.id);
      else go({ name: 'error', error, journey });
    }
  }

  /** The same journey again: the same id, so an answer that was lost is found. */
  function retry() {
    const at = screen.peek();
    if (at.name === 'error') void send({ ...at.journey, again: at.journey.again + 1 });
  }

  function askCancel() {
    if (screen.peek().name === 'done' && mayCancel.peek()) cancelling.value = 'ask';
    refill();
  }

  function keep() {
    cancelling.value = '';
    refill();
  }

  /** The half minute is over, and so is the question whether to give the number back. */
  function tooLate() {
    mayCancel.value = false;
    if (cancelling.peek() === 'ask') cancelling.value = '';
  }

  async function cancel() {
    const at = screen.peek();
    if (at.name !== 'done' || cancelling.peek() === 'sending') return;
    if (!env.frozen && performance.now() - shown > CANCEL_S * 1000) return tooLate();
    cancelling.value = 'sending';
    if (env.frozen) return;
    try {
      const ticket = await post(`/api/v1/tickets/${at.ticket.id}/cancel`, {});
      sits.gaveBack();
      if (screen.peek() === at) go({ name: 'cancelled', ticket: { ...at.ticket, ...ticket } });
    } catch {
      if (screen.peek() === at) cancelling.value = 'failed';
    }
  }

  /**
   * @param {Journey} journey
   * @param {any} error
   */
  function giveUp(journey, error) {
    // Whoever has an appointment shows its code again and gets the ticket it became.
    if (!journey.appointment && ['network', 'internal', 'busy'].includes(error?.code ?? 'internal')) given.keep(journey.id);
  }

  const scans = scanned({ env, local, screen, go, choose, send });

  if (!env.frozen) setInterval(tick, 250);
  // When the paper is out the time for reading begins; when it fails there is more of it.
  let paperWas = 'none';
  effect(() => {
    const is = paperNow();
    if (is !== paperWas && screen.peek().name === 'done') refill();
    paperWas = is;
  });
  effect(() => {
    paper.value = !settings().paperless;
  });
  return {
    screen, page, look, large: look.large, contrast: look.contrast, low: look.low, voice: look.voice, cancelling, mayCancel, query, suggested, preview, paper, left, limit, settings, paperNow,
    refill, reset, back, choose, issue, retry, askCancel, keep, cancel, go, ...scans, clearOrphans: given.clear,
    /** Which screens a scanner may change. */
    free: () => ['start', 'search', 'priority', 'found', 'missing', 'limit', 'cancelled', 'appointment'].includes(screen.peek().name),
  };
}

/** @typedef {ReturnType<typeof machine>} Machine */
