// @ts-check
// The helper's hand on the server: one command at a time, and a word on what came of it.
import { signal, batch } from '../core/dom.js';
import { post, get } from '../core/api.js';
import { errorText, t } from '../core/i18n.js';
import { now } from '../core/time.js';

const TOAST_MS = 10_000;

/** @typedef {ReturnType<typeof makeHelper>} Helper */
/** @typedef {{say: string, bad?: boolean, undo?: {label: string, do: () => void}}} Toast */

/** @param {import('../core/page.js').Env} env */
export function makeHelper(env) {
  const { source } = env;
  const center = `/api/v1/centers/${encodeURIComponent(env.center)}`;
  const busy = signal(false);
  const toast = signal(/** @type {Toast | null} */ (null));
  const view = signal(/** @type {string} */ (env.ui.view ?? 'issue'));
  /** The ticket looked at, in its public form, and whether it was issued here just now. */
  const ticket = signal(/** @type {any} */ (env.ui.ticket ?? null));
  const fresh = signal(!!env.ui.fresh);
  /** Counts changes made here, so that lists asked of the server are asked again. */
  const changes = signal(0);
  const chosen = signal(/** @type {string | null} */ (env.ui.chosen ?? null));
  /** @type {any} */
  let timer = 0;

  /** @param {Toast | null} next */
  function say(next) {
    clearTimeout(timer);
    toast.value = next;
    if (next && !env.frozen) timer = setTimeout(() => (toast.value = null), TOAST_MS);
  }

  /** @param {unknown} err */
  function failed(err) {
    const e = /** @type {import('../core/api.js').ApiError} */ (err);
    if (e.code === 'not_signed_in') signIn();
    say({ say: errorText(e), bad: true });
  }

  /**
   * @param {string} path @param {any} body
   * @returns {Promise<any>} the answer, undefined when it was refused
   */
  async function send(path, body) {
    if (busy.value || source.stale.value || env.frozen) return undefined;
    busy.value = true;
    try {
      return await post(path, body);
    } catch (err) {
      failed(err);
      return undefined;
    } finally {
      busy.value = false;
    }
  }

  /** Does something to the ticket looked at. @param {string} id @param {string} verb @param {any} body */
  async function change(id, verb, body) {
    const answer = await send(`/api/v1/tickets/${id}/${verb}`, body);
    if (!answer) return;
    batch(() => {
      changes.value++;
      if (ticket.value?.id === id) ticket.value = answer;
      fresh.value = fresh.value && verb !== 'cancel';
      say({
        say: t(`assist.said.${verb}`, { number: answer.number }),
        undo: verb === 'cancel' ? { label: t('assist.restore'), do: () => void change(id, 'restore', {}) } : undefined,
      });
    });
  }

  return {
    env,
    source,
    busy,
    toast,
    view,
    ticket,
    fresh,
    chosen,
    changes,
    say,
    change,
    blocked: () => busy.value || source.stale.value || !source.data.value,

    /** The id is made before the first touch reaches the server, so that a second one gives the same
     * ticket. @param {{id: string, service: string, priority: string, language: string}} wish */
    async issue(wish) {
      const body = { ...wish, source: 'desk' };
      const answer = await send(`${center}/tickets`, body);
      if (!answer) return false;
      batch(() => {
        ticket.value = answer;
        fresh.value = true;
        chosen.value = null;
        say(null);
      });
      return true;
    },

    /** Opens a ticket from a list; the list says less than the ticket itself. @param {any} row */
    async open(row) {
      if (env.frozen) return;
      try {
        const found = await get(`/api/v1/tickets/${row.id}`);
        batch(() => {
          ticket.value = found;
          fresh.value = false;
          say(null);
        });
      } catch (err) {
        failed(err);
      }
    },

    /** @param {Record<string, string>} query */
    async find(query) {
      const q = new URLSearchParams(Object.entries(query).filter(([, v]) => v));
      q.set('limit', '60');
      try {
        return (await get(`${center}/tickets?${q}`)).tickets;
      } catch (err) {
        failed(err);
        return null;
      }
    },

    /** Whether something with an end can still be done. @param {string | null | undefined} until */
    still: (until) => !!until && Date.parse(until) > now.value,
  };
}

/** Leaves for the sign-in page and comes back here. */
export function signIn() {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}
