// @ts-check
// The desk's vocabulary: fields, reasons and sources as staff read them.
import { t, text, has, clock } from '../core/i18n.js';
import { now } from '../core/time.js';

/** @typedef {{vi: string, en?: string}} Text */
/**
 * A ticket in a list of the staff (view.DeskRow).
 * @typedef {object} Row
 * @property {string} id
 * @property {string} number
 * @property {string} service
 * @property {string} state
 * @property {string} [priority]
 * @property {string} issued_at
 * @property {string} wait_since
 * @property {string} [why]
 * @property {boolean} [returned]
 * @property {number} [target]
 * @property {number} [counter]
 * @property {number} [calls]
 * @property {string} [reason]
 * @property {string} [source]
 * @property {string} [reference]
 * @property {string} [called_at]
 * @property {string} [started_at]
 * @property {string} [ended_at]
 * @property {string} [return_by]
 * @property {string} [restore_by]
 * @property {string} [reopen_by]
 * @property {string} [booked_at] hour of the appointment it came of
 * @property {string} [due_at] the same where the person came in time
 */

/**
 * The name of a field, or its id when the centre has dropped it since.
 * @param {{services: {id: string, name: Text}[]}} doc
 * @param {string} id
 */
export function fieldName(doc, id) {
  const s = doc.services.find((x) => x.id === id);
  return s ? text(s.name) : id;
}

/**
 * The group's name for staff; screens in the hall say only "priority".
 * @param {{priorities: {id: string, name: Text}[]}} doc
 * @param {string | undefined} id
 */
export function groupName(doc, id) {
  const c = doc.priorities.find((x) => x.id === id);
  return c ? text(c.name) : id ?? '';
}

/** @param {string | undefined} source kiosk, desk, phone, agent */
export function sourceName(source) {
  const key = `desk.source.${source}`;
  return source && has(key) ? t(key) : '';
}

/**
 * Why a ticket stands where it does; of an appointment with its hour.
 * @param {{why?: string, booked_at?: string, due_at?: string}} row
 * @param {string} [zone]
 */
export function whyText({ why, booked_at, due_at }, zone) {
  if (due_at) return t(Date.parse(due_at) > now.value ? 'desk.why.before_hour' : 'desk.why.appointment', { time: clock(due_at, zone) });
  if (booked_at && why === 'arrival') return t('desk.why.after_hour', { time: clock(booked_at, zone) });
  const key = `desk.why.${why}`;
  return why && has(key) ? t(key) : t('desk.why.arrival');
}

/** @param {string} state */
export function stateName(state) {
  return t(`desk.state.${state}`);
}

/**
 * Letters without marks, for finding by what is typed: "thuan" finds "Thuận".
 * @param {string} s
 */
export function plain(s) {
  return s.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/gi, 'd').toLowerCase();
}
