// @ts-check
// The helper's hand on the server: one command at a time, and a word on what came of it.
import { signal, batch } from '../core/dom.js';
import { post, get } from '../core/api.js';
import { errorText, t } from '../core/i18n.js';
import { now } from '../core/time.js';
import { makePrinting } from '../desk/print.js';

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
  /** The appointment looked at, whether it was booked here just now, and whether one is being booked. */
  const appointment = signal(/** @type {any} */ (env.ui.appointment ?? null));
  const freshHour = signal(!!env.ui.fresh_hour);
  const booking = signal(!!env.ui.book);
  const printing = makePrinting(env);
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

  /** What is asked for once. @param {string} path @returns {Promise<any>} */
  async function fetched(path) {
    if (env.frozen) return null;
    try {
      return await get(path);
    } catch (err) {
      failed(err);
      return null;
    }
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
    appointment,
    freshHour,
    booking,
    printing,
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

    /** The appointments of a day that is not today. @param {string} day */
    appointments: (day) => fetched(`${center}/appointments?${new URLSearchParams({ day })}`),

    /** The hours that a field offers on a day. @param {string} service @param {string} day */
    bookable: (service, day) => fetched(`${center}/appointments/hours?${new URLSearchParams({ service, day })}`),

    /** @param {Record<string, string>} wish */
    async book(wish) {
      const answer = await send(`${center}/appointments`, wish);
      if (!answer) return;
      batch(() => {
        booking.value = false;
        appointment.value = answer;
        freshHour.value = true;
        changes.value++;
        say(null);
      });
    },

    /** @param {any} a */
    openAppointment(a) {
      batch(() => {
        appointment.value = a;
        freshHour.value = false;
        say(null);
      });
    },

    /** Somebody is here who cannot or will not use the kiosk. @param {any} a */
    async checkIn(a) {
      const answer = await send(`/api/v1/appointments/${a.id}/check-in`, { source: 'desk' });
      if (!answer) return;
      batch(() => {
        appointment.value = null;
        ticket.value = answer;
        fresh.value = true;
        changes.value++;
        say(answer.due_at ? null : { say: t('assist.said.late', { number: answer.number }) });
      });
    },

    /** @param {any} a */
    async cancelAppointment(a) {
      const answer = await send(`/api/v1/appointments/${a.id}/cancel`, {});
      if (!answer) return;
      batch(() => {
        appointment.value = answer;
        freshHour.value = false;
        changes.value++;
        say({ say: t('assist.said.hour') });
      });
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
