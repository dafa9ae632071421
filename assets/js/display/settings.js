// @ts-check
// How this screen is set: its own settings, else the centre's, else what the address says for a
// screen that is only a browser.
import { clock } from '../core/i18n.js';

/**
 * @typedef {{vi: string, en?: string}} Text
 * @typedef {{from?: string, to?: string}} Span
 * @typedef {Span & {text: Text}} Message
 * @typedef {Span & {media: string, seconds?: number}} PlayItem
 * @typedef {object} Settings
 * @property {string} layout counters, calls, signage, portrait, portrait-signage, counter or summary
 * @property {number} counter the one counter of layout counter
 * @property {Record<string, any>} voice
 * @property {Message[]} ticker
 * @property {PlayItem[]} playlist
 * @property {{hash: string, type: string}[]} media the files that there are
 * @property {{shift: boolean, dim: Span[], off: Span[]}} care
 */

const LAYOUTS = ['counters', 'calls', 'signage', 'portrait', 'portrait-signage', 'counter', 'summary'];
/** What a screen that hangs upright shows in place of a wide face. @type {Record<string, string>} */
const UPRIGHT = { counters: 'portrait', signage: 'portrait-signage' };

/**
 * @param {any} doc a board
 * @param {string} device id of this screen, "" for a browser
 * @param {URLSearchParams} asked
 * @param {boolean} upright the screen is higher than wide
 * @param {any} [draft] settings that are being made, in a preview
 * @returns {Settings}
 */
export function settingsOf(doc, device, asked, upright, draft) {
  const set = draft ?? doc?.devices?.[device] ?? doc?.settings ?? {};
  const counter = Number(asked.get('counter')) || set.counter || 0;
  let layout = asked.get('layout') ?? (asked.has('counter') ? 'counter' : set.layout);
  if (!LAYOUTS.includes(layout)) layout = LAYOUTS[0];
  if (layout === 'counter' && !counter) layout = LAYOUTS[0];
  if (upright) layout = UPRIGHT[layout] ?? layout;
  return {
    layout,
    counter,
    voice: set.voice ?? {},
    ticker: [...(doc?.messages ?? []), ...(set.ticker ?? [])],
    playlist: set.playlist ?? [],
    media: draft?.media ?? doc?.media ?? [],
    care: { shift: set.care?.shift ?? true, dim: set.care?.dim ?? [], off: set.care?.off ?? [] },
  };
}

/**
 * Whether an hour of the day lies in a span; one without hours is all day, one that ends before it
 * begins is a night.
 * @param {Span} span
 * @param {number} at
 * @param {string} zone
 */
export function within({ from, to }, at, zone) {
  if (!from && !to) return true;
  const hour = clock(at, zone);
  const a = from || '00:00';
  const b = to || '24:00';
  return a <= b ? hour >= a && hour < b : hour >= a || hour < b;
}
