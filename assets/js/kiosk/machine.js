// @ts-check
// What a kiosk does between the first touch and the last, apart from how it looks.
//
// Promises: one journey makes one ticket, however often the screen is touched and the request is
// repeated; whoever walks away leaves nothing behind for the next person; a number that was asked
// for and given up without an answer is cancelled when the server is back, so that nobody is called
// who has no number.
import { signal, batch } from '../core/dom.js';
import { post, newTicketId, newKey } from '../core/api.js';
import { setLang } from '../core/i18n.js';
import { recall, remember } from '../core/store.js';

/**
 * @typedef {object} Journey what one person asks for
 * @property {string} id of the ticket to be
 * @property {string} key of the request
 * @property {any} service the card that was touched
 * @property {string} priority "" for none
 * @property {number} again how often the person asked again
 */
/**
 * @typedef {{name: 'start'} | {name: 'priority', service: any} | {name: 'issuing', journey: Journey}
 *   | {name: 'done', ticket: any, service: any} | {name: 'cancelled', ticket: any}
 *   | {name: 'error', error: any, journey: Journey}} Screen
 */

const IDLE_S = 60;
const CANCELLED_S = 15;
/** Without paper people need time to take a picture. */
const DONE_S = { none: 60 };

/** @param {import('../core/page.js').Env} env */
export function machine(env) {
  const screen = signal(/** @type {Screen} */ ({ name: 'start' }));
  const page = signal(0);
  const large = signal(false);
  const contrast = signal(false);
  const cancelling = signal(/** @type {'' | 'ask' | 'sending' | 'failed'} */ (''));
  /** Seconds left until the screen goes back to the start, null while nothing needs to. */
  const left = signal(/** @type {number | null} */ (null));
  const limit = signal(IDLE_S);
  /** Whether a printer is there and what it does; this kiosk has none. */
  const printer = signal(/** @type {keyof typeof DONE_S} */ ('none'));
  const orphansKey = `kiosk.${env.center}.unanswered`;
  let deadline = 0;

  /** @param {Screen} next */
  function go(next) {
    batch(() => {
      screen.value = next;
      cancelling.value = '';
      refill();
    });
  }

  function limitNow() {
    switch (screen.peek().name) {
      case 'issuing':
        return 0;
      case 'done':
        return DONE_S[printer.peek()];
      case 'cancelled':
        return CANCELLED_S;
      case 'start':
        return untouched() ? 0 : IDLE_S;
      default:
        return IDLE_S;
    }
  }

  /** Nothing differs from what the next person should find. */
  function untouched() {
    return page.peek() === 0 && !large.peek() && !contrast.peek() && document.documentElement.lang === 'vi';
  }

  /** Any touch gives the whole time again. */
  function refill() {
    if (env.frozen) return;
    const s = limitNow();
    limit.value = s || IDLE_S;
    deadline = performance.now() + s * 1000;
    left.value = s ? s : null;
  }

  function tick() {
    if (limitNow() === 0) {
      left.value = null;
      return;
    }
    if (left.peek() === null) return refill();
    const s = (deadline - performance.now()) / 1000;
    left.value = Math.max(0, s);
    if (s <= 0) reset();
  }

  /** Back to the beginning, for the next person. */
  function reset() {
    const at = screen.peek();
    if (at.name === 'error') giveUp(at.journey);
    batch(() => {
      page.value = 0;
      large.value = false;
      contrast.value = false;
      go({ name: 'start' });
    });
    void setLang('vi').then(refill);
  }

  /** @param {any} service */
  function choose(service) {
    if (screen.peek().name !== 'start' || !service.open) return;
    const groups = env.source.data.peek()?.priorities ?? [];
    if (groups.length > 0) go({ name: 'priority', service });
    else void issue(service, '');
  }

  /**
   * @param {any} service
   * @param {string} priority
   */
  function issue(service, priority) {
    if (screen.peek().name === 'issuing') return;
    return send({ id: newTicketId(), key: newKey(), service, priority, again: 0 });
  }

  /** @param {Journey} journey */
  async function send(journey) {
    go({ name: 'issuing', journey });
    if (env.frozen) return;
    const body = {
      id: journey.id,
      service: journey.service.id,
      ...(journey.priority ? { priority: journey.priority } : {}),
      source: 'kiosk',
      language: document.documentElement.lang,
    };
    try {
      const ticket = await post(`/api/v1/centers/${env.center}/tickets`, body, { key: journey.key });
      go({ name: 'done', ticket, service: journey.service });
    } catch (error) {
      go({ name: 'error', error, journey });
    }
  }

  /** The same journey again: the same id, so an answer that was lost is found. */
  function retry() {
    const at = screen.peek();
    if (at.name === 'error') void send({ ...at.journey, again: at.journey.again + 1 });
  }

  function askCancel() {
    if (screen.peek().name === 'done') cancelling.value = 'ask';
    refill();
  }

  function keep() {
    cancelling.value = '';
    refill();
  }

  async function cancel() {
    const at = screen.peek();
    if (at.name !== 'done' || cancelling.peek() === 'sending') return;
    cancelling.value = 'sending';
    if (env.frozen) return;
    try {
      const ticket = await post(`/api/v1/tickets/${at.ticket.id}/cancel`, {});
      if (screen.peek() === at) go({ name: 'cancelled', ticket: { ...at.ticket, ...ticket } });
    } catch {
      if (screen.peek() === at) cancelling.value = 'failed';
    }
  }

  /** @param {Journey} journey */
  function giveUp(journey) {
    if (journey && ['network', 'internal', 'busy'].includes(asError(journey))) {
      remember(orphansKey, [...(recall(orphansKey) ?? []), journey.id].slice(-50));
    }
  }

  /** @param {Journey} journey */
  function asError(journey) {
    const at = screen.peek();
    return at.name === 'error' && at.journey === journey ? (at.error?.code ?? 'internal') : '';
  }

  let clearing = false;
  /** Cancels what was asked for, never answered, and left behind. */
  async function clearOrphans() {
    const ids = recall(orphansKey) ?? [];
    if (clearing || env.frozen || ids.length === 0) return;
    clearing = true;
    for (const id of ids) {
      try {
        await post(`/api/v1/tickets/${id}/cancel`, {}, { tries: 1 });
      } catch (err) {
        if (/** @type {any} */ (err).code === 'network') break; // still away: later
        // Otherwise it was never made, or is past cancelling: nothing left to do.
      }
      const rest = (recall(orphansKey) ?? []).filter((/** @type {string} */ held) => held !== id);
      remember(orphansKey, rest.length ? rest : null);
    }
    clearing = false;
  }

  if (!env.frozen) setInterval(tick, 250);
  return {
    screen, page, large, contrast, cancelling, left, limit, printer,
    refill, reset, choose, issue, retry, askCancel, keep, cancel, clearOrphans, go,
  };
}

/** @typedef {ReturnType<typeof machine>} Machine */

/**
 * Swallows the second of two touches at one place: an unsteady finger that bounces must not press
 * what the next screen shows there.
 * @param {HTMLElement} root
 */
export function guardDoubleTouch(root) {
  let x = 0;
  let y = 0;
  let at = -Infinity;
  root.addEventListener(
    'click',
    (ev) => {
      if (ev.detail === 0) return; // from a keyboard or a program: no place
      const close = Math.hypot(ev.clientX - x, ev.clientY - y) < 48;
      const soon = ev.timeStamp - at < 500;
      [x, y, at] = [ev.clientX, ev.clientY, ev.timeStamp];
      if (close && soon) {
        ev.stopPropagation();
        ev.preventDefault();
      }
    },
    { capture: true },
  );
}
