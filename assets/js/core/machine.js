// @ts-check
// The program beside the page on a kiosk or a screen: what it says of itself, and what it is told.
// A browser has no such program, and everything here is then quiet.
import { effect } from './dom.js';
import { post } from './api.js';
import { watch, still } from './socket.js';

/** How often what the page knows is told again: the program may have been started anew. */
const AGAIN_MS = 60_000;

/**
 * The program's own document.
 * @param {import('./page.js').Env} env
 * @param {string} role
 * @returns {import('./socket.js').Source}
 */
export function machine(env, role) {
  if (env.frozen || env.device !== role) return still({ doc: env.ui.local ?? null });
  const source = watch({ view: 'local', center: env.center });
  follow(env, source);
  return source;
}

/**
 * A page belongs to one centre. When the machine is let in, or is no longer, it belongs to another
 * or to none, and the program has another page for it.
 * @param {import('./page.js').Env} env
 * @param {import('./socket.js').Source} source
 */
export function follow(env, source) {
  if (env.frozen) return;
  effect(() => {
    const d = source.data.value;
    if (d && (d.center ?? '') !== env.center) location.reload();
  });
}

/**
 * Tells the program what only the page knows, at once when it changes.
 * @param {import('./page.js').Env} env
 * @param {() => {sound: string, speaker?: boolean, screen?: string}} read screen: where it is dark for
 *   another reason than that nobody sees the page
 */
export function tellHealth(env, read) {
  if (env.frozen || (env.device !== 'kiosk' && env.device !== 'display')) return;
  const tell = (/** @type {any} */ h) => void post('/local/health', { screen: document.visibilityState === 'hidden' ? 'off' : 'on', ...h }, { tries: 1 }).catch(() => {});
  let said = '';
  effect(() => {
    const now = read();
    if (JSON.stringify(now) === said) return;
    said = JSON.stringify(now);
    tell(now);
  });
  document.addEventListener('visibilitychange', () => tell(read()));
  setInterval(() => tell(read()), AGAIN_MS);
}
