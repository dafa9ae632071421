// @ts-check
// The desk's vocabulary: fields, reasons and sources as staff read them.
import { t, text, has } from '../core/i18n.js';

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

/** @param {string | undefined} why */
export function whyText(why) {
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
