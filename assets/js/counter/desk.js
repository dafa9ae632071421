// @ts-check
// The counter's one hand on the server: it sends a command at a time, says what came of it, and
// rests a moment after each change, so that a nervous thumb on the space bar calls one person only.
import { signal, effect, batch } from '../core/dom.js';
import { post } from '../core/api.js';
import { errorText, t } from '../core/i18n.js';
import { nowMs } from '../core/time.js';
import { makePrinting } from '../desk/print.js';
import { choice } from './verbs.js';

const REST_MS = 1_000;
const TOAST_MS = 10_000;

/**
 * @typedef {object} Toast
 * @property {string} say
 * @property {boolean} [bad]
 * @property {{label: string, do: () => void}} [undo]
 */

/** @typedef {ReturnType<typeof makeDesk>} Desk */

/** @param {import('../core/page.js').Env} env */
export function makeDesk(env) {
  const { source } = env;
  const base = `/api/v1/centers/${encodeURIComponent(env.center)}/counters/${env.counter}`;
  const busy = signal(false);
  const toast = signal(/** @type {Toast | null} */ (null));
  const printing = makePrinting(env);
  const dialog = signal(/** @type {{kind: string, row?: any} | null} */ (env.ui.dialog ?? null));
  let changedAt = -REST_MS;
  /** What is being written beside the visit. A command waits for it, so that nothing typed is lost by leaving it for a button. */
  let saving = Promise.resolve(true);
  let seen = '';
  /** @type {any} */
  let timer = 0;

  effect(() => {
    const d = source.data.value;
    const sign = d ? `${d.state} ${d.ticket?.id} ${d.ticket?.state}` : '';
    if (sign === seen) return;
    if (seen) changedAt = performance.now(); // what a page finds when it opens is no change
    seen = sign;
  });

  /** @param {Toast | null} next */
  function say(next) {
    clearTimeout(timer);
    toast.value = next;
    if (next && !env.frozen) timer = setTimeout(() => (toast.value = null), TOAST_MS);
  }

  /**
   * Sends one command. While one is under way, and while what is shown may be old, nothing is sent.
   * @param {string} path below /api/v1, or below the counter when it does not begin with a slash
   * @param {any} body
   * @param {(answer: any) => Toast | null} [after] what to say when it is done
   */
  async function send(path, body, after) {
    if (busy.value || source.stale.value || env.frozen || !source.data.value) return false;
    busy.value = true;
    await saving;
    try {
      const answer = await post(path.startsWith('/') ? path : `${base}/${path}`, body);
      changedAt = performance.now();
      batch(() => {
        dialog.value = null;
        say(after ? after(answer) : null);
      });
      return true;
    } catch (err) {
      const e = /** @type {import('../core/api.js').ApiError} */ (err);
      if (e.code === 'not_signed_in') signIn();
      say({ say: errorText(e), bad: true });
      return false;
    } finally {
      busy.value = false;
    }
  }

  /**
   * Writes beside the visit in hand. The buttons stay as they are: pressing one is what often ends the typing.
   * @param {string} path @param {any} body
   */
  function save(path, body) {
    if (env.frozen) return Promise.resolve(false);
    saving = saving.then(() => post(path, body)).then(
      () => true,
      (err) => {
        say({ say: errorText(err), bad: true });
        return false;
      },
    );
    return saving;
  }

  /** @param {string} id @param {string} number */
  const putBack = (id, number) => ({
    label: t('counter.do.putBack'),
    do: () => void send('put-back', { ticket: id }, () => ({ say: t('counter.said.putBack', { number }) })),
  });
  /** @param {string} id @param {string} number */
  const reopen = (id, number) => ({
    label: t('counter.reopen'),
    do: () => void send('reopen', { ticket: id }, () => ({ say: t('counter.said.reopen', { number }) })),
  });

  /** @param {any} ticket the answer to a call; null when nobody waits */
  function called(ticket) {
    if (!ticket) return { say: t('counter.said.nobody') };
    return { say: t('counter.said.called', { number: ticket.number }), undo: putBack(ticket.id, ticket.number) };
  }

  /** @param {import('./verbs.js').Verb} verb @param {any} [body] */
  function run(verb, body) {
    const held = source.data.value?.ticket;
    const primary = choice(source.data.value).primary.id === verb.id;
    if (primary && performance.now() - changedAt < REST_MS) return;
    if (verb.ask && !body) {
      say(null); // an old refusal is not about this
      dialog.value = { kind: verb.ask };
      return;
    }
    const what = { ...(verb.body ?? {}), ...(body ?? {}) };
    const number = held?.number ?? '';
    // The ticket is named, so that a press meant for the one on the screen never hits another.
    if (held && verb.path !== 'call-next' && !['open', 'pause', 'close'].includes(verb.path ?? '')) what.ticket ??= held.id;
    void send(/** @type {string} */ (verb.path), what, (answer) => {
      switch (verb.id) {
        case 'next':
        case 'finishNext':
          return called(answer);
        case 'finish':
        case 'finishOnly':
          return { say: t('counter.said.finish', { number }), undo: reopen(held.id, number) };
        case 'park':
          return { say: t('counter.said.park', { number }) };
        case 'transfer':
          return { say: t('counter.said.transfer', { number }) };
        case 'noShow':
          return { say: t('counter.said.noShow', { number }) };
        case 'putBack':
          return { say: t('counter.said.putBack', { number }) };
        case 'recall':
          return { say: t('counter.said.recall', { number }) };
      }
      return null;
    });
  }

  return {
    env,
    source,
    busy,
    toast,
    printing,
    dialog,
    say,
    /** Opens a dialog, or with null closes the one that is open; an old refusal is not about the next.
     * @param {{kind: string, row?: any} | null} next */
    show(next) {
      if (toast.value?.bad) say(null);
      dialog.value = next;
    },
    run,
    choice: () => choice(source.data.value),
    /** Calls a chosen ticket or printed number. @param {string} ticket @param {string} [reason] */
    call: (ticket, reason) => send('call', reason ? { ticket, reason } : { ticket }, called),
    /** Calls a slip of a kiosk that is cut off. @param {{ticket: string, number?: string, service?: string}} slip */
    slip: (slip) => send('call', slip, called),
    /** The dossier code of the visit in hand. @param {string} reference */
    refer: (reference) => save(`${base}/reference`, { ticket: source.data.value.ticket?.id, reference }),
    /** What the clerk notes on it. @param {string} note */
    note: (note) => save(`/api/v1/tickets/${source.data.value.ticket?.id}/note`, { note }),
    /** @param {any} row */
    back: (row) => send(`/api/v1/tickets/${row.id}/return`, {}, () => ({ say: t('counter.said.back', { number: row.number }) })),
    /** @param {any} row */
    reopen: (row) => send('reopen', { ticket: row.id }, () => ({ say: t('counter.said.reopen', { number: row.number }) })),
    /** @param {any} row @param {string} verb @param {any} body */
    change: (row, verb, body) => send(`/api/v1/tickets/${row.id}/${verb}`, body, () => ({ say: t('counter.said.changed', { number: row.number }) })),
    /** Nothing may be done now: the picture may be old, or a command is under way. */
    blocked: () => source.stale.value || busy.value || !source.data.value,
    resting: () => performance.now() - changedAt < REST_MS,
    /** Whether something with an end can still be done. @param {string | undefined} until */
    still: (until) => !!until && Date.parse(until) > nowMs(),
  };
}

/** Leaves for the sign-in page and comes back here. */
export function signIn() {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}
