// @ts-check
// What is read aloud on each screen, sentence by sentence, as it stands there. A test asks for a
// clip of every text that is named here.
import { t, text, range, clock, clockOrDay } from '../core/i18n.js';
import { now } from '../core/time.js';
import { troubleOf, givesWay } from './away.js';
import { failure, HEADS } from './done.js';
import { why } from './field.js';
import { standing, words } from './appointment.js';
import { more, hour } from './found.js';
import { refusal } from './notices.js';
import { servicesOf } from './settings.js';
import { anyOpen, noneServes } from './start.js';
import { suggestion } from './strips.js';

/**
 * @param {import('../core/page.js').Env} env
 * @param {import('./machine.js').Machine} m
 * @param {import('./local.js').Local} local
 * @returns {string[]}
 */
export function script(env, m, local) {
  const at = m.screen.value;
  const doc = env.source.data.value;
  const trouble = givesWay(at.name) ? troubleOf(env, local) : null;
  if (trouble) return trouble.code === 'pairing' ? [] : [trouble.title, trouble.more];
  switch (at.name) {
    case 'start':
      return [...suggestion(m, doc), ...start(servicesOf(doc, local.device()), doc, env.source.stale.value)];
    case 'search':
      return [t('kiosk.search_title'), t('kiosk.say.search')];
    case 'priority':
      return question(at.service, doc);
    case 'issuing':
      return [t('kiosk.issuing'), t('kiosk.issuing_more')];
    case 'looking':
      return [t('kiosk.looking')];
    case 'done':
      return cancelling(m, at.ticket) ?? done(m, local, at, doc);
    case 'cancelled':
      return [t('kiosk.cancelled', { number: at.ticket.number }), t('kiosk.cancelled_more')];
    case 'limit':
      return [t('kiosk.session', { n: m.settings().sessionLimit }), t('kiosk.session_why')];
    case 'found':
      return found(at, doc);
    case 'appointment':
      return appointment(at, doc);
    case 'missing':
      return [t(`kiosk.missing.${at.why}`), t(`kiosk.missing_more.${at.why}`)];
    case 'error':
      return [t('kiosk.error'), refusal(at.error, doc)];
  }
}

/**
 * @param {any[]} services
 * @param {any} doc
 * @param {boolean} unknown the server is away, and so is the wait
 */
function start(services, doc, unknown) {
  if (!anyOpen(services)) {
    const opens = services.map((s) => s.opens_at).filter(Boolean).sort()[0];
    return [t('kiosk.closed'), ...(opens ? [t('kiosk.closed_until', { time: clockOrDay(opens, now.value, doc.time_zone) })] : []), t('kiosk.closed_kept'), t('kiosk.ask_help')];
  }
  const none = noneServes(services);
  return [t('kiosk.ask'), ...(none ? [t('kiosk.no_counters')] : []), t('kiosk.say.touch'), ...services.flatMap((s) => [text(s.name), ...line(s, doc, none, unknown)]), t('kiosk.ask_help')];
}

/**
 * What stands at the foot of a card.
 * @param {any} s
 * @param {any} doc
 * @param {boolean} none no counter serves any field, which was said before
 * @param {boolean} unknown
 */
function line(s, doc, none, unknown) {
  if (!s.open) return [why(s, doc).join(' ').trim()];
  if (unknown) return [t('kiosk.wait_unknown')];
  const waiting = t('kiosk.waiting_n', { n: s.waiting });
  if (s.open_counters === 0 && !none) return s.waiting === 0 ? [t('kiosk.no_counter_card')] : [waiting, t('kiosk.no_counter_after')];
  if (s.waiting === 0) return [t('kiosk.nobody')];
  return s.eta ? [waiting, range(s.eta.p50_s, s.eta.p90_s)] : [waiting];
}

/**
 * @param {any} service as it was when it was touched
 * @param {any} doc
 */
function question(service, doc) {
  const s = doc.services.find((/** @type {any} */ x) => x.id === service.id) ?? service;
  const out = [t('kiosk.say.chosen'), text(s.name), ...place(s)];
  if (s.open_counters === 0) out.push(t('kiosk.no_counter'));
  if (doc.priorities.length === 0) return [...out, t('kiosk.say.confirm')];
  return [...out, t('kiosk.priority.ask'), ...doc.priorities.map((/** @type {any} */ g) => text(g.name)), t('kiosk.say.plain'), t('kiosk.priority.check')];
}

/** @param {any} service */
function place(service) {
  return service.where && text(service.where) ? [t('kiosk.done.where'), text(service.where)] : [];
}

/**
 * The question before a number is given back, when it is asked.
 * @param {import('./machine.js').Machine} m
 * @param {any} ticket
 */
function cancelling(m, ticket) {
  switch (m.cancelling.value) {
    case 'ask':
      return [t('kiosk.cancel.ask', { number: ticket.number }), t('kiosk.cancel.keep'), t('kiosk.cancel.yes')];
    case 'sending':
      return [t('kiosk.cancel.sending', { number: ticket.number })];
    case 'failed':
      return [t('kiosk.cancel.failed', { number: ticket.number })];
    default:
      return null;
  }
}

/**
 * @param {import('./machine.js').Machine} m
 * @param {import('./local.js').Local} local
 * @param {{ticket: any, service: any}} at
 * @param {any} doc
 */
function done(m, local, { ticket, service }, doc) {
  const paper = m.paperNow();
  const out = [t(paper === 'failed' ? failure(local) : HEADS[paper]), t('kiosk.done.number'), ticket.number, text(service.name)];
  if (ticket.ahead === 0) out.push(t('kiosk.say.next'));
  else if (ticket.ahead > 0) out.push(t('kiosk.done.before'), t('kiosk.done.people', { n: ticket.ahead }));
  if (ticket.booked_at) out.push(hour(ticket, doc?.time_zone));
  if (ticket.eta && !ticket.due_at) out.push(t('kiosk.done.eta'), range(ticket.eta.p50_s, ticket.eta.p90_s));
  return [...out, ...place(service), t(ticket.offline ? 'kiosk.done.offline' : 'kiosk.say.wait')];
}

/**
 * @param {{ticket: any, service: any}} at
 * @param {any} doc
 */
function found({ ticket, service }, doc) {
  const said = [t('kiosk.found.title'), ticket.number, text(service.name), t(`kiosk.found.${ticket.state}`, { counter: ticket.counter }), more(ticket, doc?.time_zone)];
  if (ticket.booked_at) said.push(hour(ticket, doc?.time_zone));
  return said.filter(Boolean);
}

/**
 * @param {{appointment: any, service: any}} at
 * @param {any} doc
 */
function appointment({ appointment: a, service }, doc) {
  const is = standing(a, now.value, doc?.time_zone);
  const said = words(a, doc?.time_zone);
  const out = [t('kiosk.appointment.title'), said.time, text(service.name), t(`kiosk.appointment.${is}`, said), t(`kiosk.appointment.${is}_more`, said)];
  if (is === 'open' || is === 'late') return [...out, ...place(service)];
  return service.open ? [...out, t('kiosk.appointment.or')] : out;
}
