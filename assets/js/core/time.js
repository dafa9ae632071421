// @ts-check
// The hour as the server tells it. A kiosk's or a phone's own clock may be wrong by minutes; what
// stands on the screens of one hall must agree.
import { signal } from './dom.js';

/** Milliseconds to add to the device's clock. */
let offset = 0;
let known = false;
let frozen = false;

/** The present instant in milliseconds since 1970, changing each second. */
export const now = signal(Date.now());

/** The present instant, exact; for measuring against instants of documents. */
export function nowMs() {
  return frozen ? now.peek() : Date.now() + offset;
}

/**
 * A heartbeat carries the hour at which it was sent.
 * @param {string} iso
 */
export function heard(iso) {
  const at = Date.parse(iso);
  if (Number.isNaN(at) || frozen) return;
  const next = at - Date.now();
  // Small differences are the network's, and following them would make seconds stutter.
  if (!known || Math.abs(next - offset) > 400) set(next);
}

/**
 * A document may have been made long before it was sent, but never in the future.
 * @param {string} iso
 */
export function atLeast(iso) {
  const at = Date.parse(iso);
  if (!Number.isNaN(at) && !frozen && at > nowMs()) set(at - Date.now());
}

/** @param {number} next */
function set(next) {
  offset = next;
  known = true;
  now.value = nowMs();
}

/**
 * Stops the clock, for the gallery.
 * @param {string} iso
 */
export function freeze(iso) {
  frozen = true;
  now.value = Date.parse(iso);
}

function tick() {
  if (!frozen) now.value = nowMs();
  setTimeout(tick, 1000 - (nowMs() % 1000) + 5);
}
tick();
