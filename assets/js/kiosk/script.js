// @ts-check
// What is read aloud on each screen, sentence by sentence, as it stands there.
import { t, text, range } from '../core/i18n.js';
import { servicesOf } from './settings.js';
import { why } from './field.js';

/**
 * @param {import('./machine.js').Machine} m
 * @param {import('./local.js').Local} local
 * @param {any} doc
 * @returns {string[]}
 */
export function script(m, local, doc) {
  const at = m.screen.value;
  if (!doc) return [];
  switch (at.name) {
    case 'start':
      return start(servicesOf(doc, local.device()), doc);
    case 'search':
      return [t('kiosk.say.search')];
    case 'priority':
      return question(at.service, doc);
    case 'issuing':
    case 'looking':
      return [t(`kiosk.${at.name}`)];
    case 'done':
      return done(m, at);
    case 'cancelled':
      return [t('kiosk.cancelled', { number: at.ticket.number }), t('kiosk.cancelled_more')];
    case 'limit':
      return [t('kiosk.session', { n: m.settings().sessionLimit }), t('kiosk.session_why')];
    case 'found':
      return found(at);
    case 'missing':
      return [t(`kiosk.missing.${at.why}`), t(`kiosk.missing_more.${at.why}`)];
    case 'error':
      return [t('kiosk.error'), t('kiosk.ask_help')];
  }
}

/**
 * @param {any[]} services
 * @param {any} doc
 */
function start(services, doc) {
  if (!services.some((s) => s.open)) return [t('kiosk.closed'), t('kiosk.closed_kept'), t('kiosk.ask_help')];
  return [t('kiosk.ask'), t('kiosk.say.touch'), ...services.flatMap((s) => [text(s.name), line(s, doc)]), t('kiosk.ask_help')];
}

/**
 * @param {any} s
 * @param {any} doc
 */
function line(s, doc) {
  if (!s.open) return why(s, doc).join(' ').trim();
  return s.waiting === 0 ? t('kiosk.nobody') : t('kiosk.waiting_n', { n: s.waiting });
}

/**
 * @param {any} service
 * @param {any} doc
 */
function question(service, doc) {
  const out = [t('kiosk.say.chosen'), text(service.name), ...place(service)];
  if (doc.priorities.length === 0) return [...out, t('kiosk.say.confirm')];
  return [...out, t('kiosk.priority.ask'), ...doc.priorities.map((/** @type {any} */ g) => text(g.name)), t('kiosk.say.plain'), t('kiosk.priority.check')];
}

/** @param {any} service */
function place(service) {
  return service.where && text(service.where) ? [t('kiosk.done.where'), text(service.where)] : [];
}

/**
 * @param {import('./machine.js').Machine} m
 * @param {{ticket: any, service: any}} at
 */
function done(m, { ticket, service }) {
  const paper = m.paperNow();
  const head = { none: 'none', declined: 'none', printing: 'printing', printed: 'printed', failed: 'no_print' }[paper];
  const out = [t(`kiosk.done.${head}`), t('kiosk.done.number'), ticket.number, text(service.name)];
  if (ticket.ahead === 0) out.push(t('kiosk.say.next'));
  else if (ticket.ahead > 0) out.push(t('kiosk.done.before'), t('kiosk.done.people', { n: ticket.ahead }));
  if (ticket.eta) out.push(t('kiosk.done.eta'), range(ticket.eta.p50_s, ticket.eta.p90_s));
  return [...out, ...place(service), t('kiosk.say.wait')];
}

/** @param {{ticket: any, service: any}} at */
function found({ ticket, service }) {
  return [t('kiosk.found.title'), ticket.number, text(service.name), t(`kiosk.found.${ticket.state}`, { counter: ticket.counter })];
}
