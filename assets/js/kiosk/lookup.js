// @ts-check
// What a scanned code stands for: a ticket, an appointment, or a dossier; and what the person who
// held it before the scanner may do next.
//
// Promises: a code never leads nowhere. What cannot be looked up, because the server is away, is
// said so, with a number as anybody gets one offered instead.
import { get, post, newKey } from '../core/api.js';
import { servicesOf } from './settings.js';

/** Errors that say nothing of the code: the server was not heard. */
const UNHEARD = ['network', 'offline', 'internal', 'busy'];

/**
 * @param {object} machine
 * @param {import('../core/page.js').Env} machine.env
 * @param {import('./local.js').Local} machine.local
 * @param {{peek: () => import('./machine.js').Screen}} machine.screen
 * @param {(next: import('./machine.js').Screen) => void} machine.go
 * @param {(service: any, reference?: string) => void} machine.choose
 * @param {(journey: import('./machine.js').Journey) => void} machine.send
 */
export function scanned({ env, local, screen, go, choose, send }) {
  const doc = () => env.source.data.peek();

  /** @param {string} id */
  const serviceOf = (id) => doc()?.services.find((/** @type {any} */ s) => s.id === id) ?? { id, name: { vi: id }, open: false };

  /** Shows what the code of a ticket or of an appointment stands for.
   * @param {string} id */
  async function lookUp(id) {
    go({ name: 'looking' });
    try {
      show(await get(`/api/v1/tickets/${id}`));
    } catch (err) {
      const code = /** @type {any} */ (err).code;
      if (code === 'not_checked_in') return void lookUpAppointment(`/api/v1/appointments/${id}`);
      go({ name: 'missing', why: UNHEARD.includes(code) ? 'network' : 'ticket' });
    }
  }

  /** @param {string} path */
  async function lookUpAppointment(path) {
    try {
      await showAppointment(await get(path));
    } catch (err) {
      go({ name: 'missing', why: UNHEARD.includes(/** @type {any} */ (err).code) ? 'network' : 'ticket' });
    }
  }

  /** @param {any} ticket */
  function show(ticket) {
    if (ticket.center !== env.center) return go({ name: 'missing', why: 'elsewhere' });
    go({ name: 'found', ticket, service: serviceOf(ticket.service) });
  }

  /** @param {any} appointment */
  async function showAppointment(appointment) {
    if (appointment.center !== env.center) return go({ name: 'missing', why: 'elsewhere' });
    if (appointment.state === 'checked_in') return show(await get(`/api/v1/tickets/${appointment.id}`));
    go({ name: 'appointment', appointment, service: serviceOf(appointment.service) });
  }

  /** A missed person is at the kiosk again. */
  async function comeBack() {
    const at = screen.peek();
    if (at.name !== 'found' || env.frozen) return;
    go({ name: 'looking' });
    try {
      show(await post(`/api/v1/tickets/${at.ticket.id}/return`, {}));
    } catch {
      go({ name: 'missing', why: 'return' });
    }
  }

  /** Whoever has an appointment is here.
   * @param {boolean} paper */
  function arrive(paper) {
    const at = screen.peek();
    if (at.name !== 'appointment') return;
    const { id, priority, reference } = at.appointment;
    send({ id, key: newKey(), service: at.service, priority: priority ?? '', reference: reference ?? '', paper, again: 0, appointment: at.appointment });
  }

  /** A code of a dossier is that of an appointment of today, or leads to where results are
   * handed out. A kiosk that is cut off knows of no appointments.
   * @param {string} reference */
  async function dossier(reference) {
    if (env.source.stale.peek()) return collect(reference);
    go({ name: 'looking' });
    try {
      await showAppointment(await get(`/api/v1/centers/${env.center}/appointments/today?${new URLSearchParams({ reference })}`));
    } catch {
      collect(reference);
    }
  }

  /** @param {string} reference */
  function collect(reference) {
    const service = servicesOf(doc(), local.device()).find((s) => s.collect);
    if (!service) return go({ name: 'missing', why: 'code' });
    if (!service.open) return go({ name: 'missing', why: 'closed' });
    go({ name: 'start' });
    choose(service, reference);
  }

  return { lookUp, comeBack, arrive, dossier };
}
