// @ts-check
// What is read aloud on each screen: sentences, each with the names of its clips. A text that the
// centre wrote itself has no clip; it stands large in the caption while it would be said.
import { t, text, range } from '../core/i18n.js';
import { servicesOf } from './settings.js';

/**
 * @typedef {object} Sentence
 * @property {string[]} clips names in the voice pack; "n:14" is a number, "number:A042" a ticket's number
 * @property {string} text what is said, for the caption
 */

/**
 * @param {string} clip
 * @param {string} words
 * @returns {Sentence}
 */
const one = (clip, words) => ({ clips: [clip], text: words });

/**
 * @param {import('./machine.js').Machine} m
 * @param {import('./local.js').Local} local
 * @param {any} doc
 * @returns {Sentence[]}
 */
export function script(m, local, doc) {
  const at = m.screen.value;
  if (!doc) return [];
  switch (at.name) {
    case 'start':
      return start(servicesOf(doc, local.device()));
    case 'search':
      return [one('kiosk.search', t('kiosk.say.search'))];
    case 'priority':
      return question(at.service, doc);
    case 'issuing':
    case 'looking':
      return [one('kiosk.issuing', t('kiosk.issuing'))];
    case 'done':
      return done(m, at);
    case 'cancelled':
      return [one('kiosk.cancelled', t('kiosk.cancelled', { number: at.ticket.number }))];
    case 'limit':
      return [one('kiosk.limit', `${t('kiosk.session', { n: m.settings().sessionLimit })}. ${t('kiosk.session_why')}`)];
    case 'found':
      return found(at);
    case 'missing':
      return [{ clips: [], text: t(`kiosk.missing.${at.why}`) }, one('kiosk.help', t('kiosk.ask_help'))];
    case 'error':
      return [one('kiosk.error', t('kiosk.error')), one('kiosk.help', t('kiosk.ask_help'))];
  }
}

/** @param {any[]} services */
function start(services) {
  if (!services.some((s) => s.open)) return [one('kiosk.closed', t('kiosk.closed')), one('kiosk.help', t('kiosk.ask_help'))];
  return [one('kiosk.ask', t('kiosk.ask')), one('kiosk.ask_touch', t('kiosk.say.touch')), ...services.map(field), one('kiosk.help', t('kiosk.ask_help'))];
}

/** @param {any} s */
function field(s) {
  const name = text(s.name);
  if (!s.open) return { clips: ['field.' + s.id, 'kiosk.off'], text: `${name}: ${t('kiosk.say.off')}` };
  if (s.waiting === 0) return { clips: ['field.' + s.id, 'kiosk.nobody'], text: `${name}: ${t('kiosk.nobody')}` };
  return { clips: ['field.' + s.id, `n:${s.waiting}`, 'kiosk.waiting'], text: `${name}: ${t('kiosk.waiting_n', { n: s.waiting })}` };
}

/**
 * @param {any} service
 * @param {any} doc
 */
function question(service, doc) {
  const out = [{ clips: ['kiosk.chosen', 'field.' + service.id], text: `${t('kiosk.say.chosen')} ${text(service.name)}` }];
  if (service.where && text(service.where)) out.push({ clips: [], text: `${t('kiosk.done.where')} ${text(service.where)}` });
  if (doc.priorities.length === 0) return [...out, one('kiosk.confirm', t('kiosk.say.confirm'))];
  out.push(one('kiosk.question', t('kiosk.priority.ask')));
  for (const g of doc.priorities) out.push(one('priority.' + g.id, text(g.name)));
  return [...out, one('kiosk.plain', t('kiosk.say.plain')), one('kiosk.check', t('kiosk.priority.check'))];
}

/**
 * @param {import('./machine.js').Machine} m
 * @param {{ticket: any, service: any}} at
 */
function done(m, { ticket, service }) {
  const heads = {
    none: one('kiosk.photo', t('kiosk.done.none')), declined: one('kiosk.photo', t('kiosk.done.none')),
    printing: one('kiosk.printing', t('kiosk.done.printing')), printed: one('kiosk.take', t('kiosk.done.printed')),
    failed: one('kiosk.no_print', t('kiosk.done.no_print')),
  };
  const out = [
    { clips: ['kiosk.number', `number:${ticket.number}`], text: `${t('kiosk.done.number')} ${ticket.number}` },
    one('field.' + service.id, text(service.name)),
  ];
  if (ticket.ahead === 0) out.push(one('kiosk.next', t('kiosk.say.next')));
  else if (ticket.ahead > 0) out.push({ clips: ['kiosk.before', `n:${ticket.ahead}`, 'kiosk.people'], text: `${t('kiosk.done.before')} ${t('kiosk.done.people', { n: ticket.ahead })}` });
  if (ticket.eta) out.push({ clips: [], text: `${t('kiosk.done.eta')} ${range(ticket.eta.p50_s, ticket.eta.p90_s)}` });
  if (service.where && text(service.where)) out.push({ clips: [], text: `${t('kiosk.done.where')} ${text(service.where)}` });
  return [heads[m.paperNow()], ...out, one('kiosk.wait', t('kiosk.say.wait'))];
}

/** @param {{ticket: any, service: any}} at */
function found({ ticket, service }) {
  const state = ['waiting', 'called', 'serving', 'missed', 'parked'].includes(ticket.state) ? ticket.state : 'over';
  return [
    { clips: ['kiosk.found', `number:${ticket.number}`, 'kiosk.state.' + state], text: `${ticket.number}: ${t(`kiosk.found.${ticket.state}`, { counter: ticket.counter })}` },
    one('field.' + service.id, text(service.name)),
  ];
}
