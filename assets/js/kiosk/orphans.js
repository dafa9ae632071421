// @ts-check
// A number that was asked for and given up without an answer is cancelled when the server is back,
// so that nobody is called who has no number.
import { post } from '../core/api.js';
import { recall, remember } from '../core/store.js';

/** @param {import('../core/page.js').Env} env */
export function orphans(env) {
  const key = `kiosk.${env.center}.unanswered`;
  let clearing = false;
  return {
    /** @param {string} id of a ticket whose answer never came */
    keep(id) {
      remember(key, [...(recall(key) ?? []), id].slice(-50));
    },
    async clear() {
      const ids = recall(key) ?? [];
      if (clearing || env.frozen || ids.length === 0) return;
      clearing = true;
      for (const id of ids) {
        try {
          await post(`/api/v1/tickets/${id}/cancel`, {}, { tries: 1 });
        } catch (err) {
          if (/** @type {any} */ (err).code === 'network') break; // still away: later
          // Otherwise it was never made, or is past cancelling: nothing left to do.
        }
        const rest = (recall(key) ?? []).filter((/** @type {string} */ held) => held !== id);
        remember(key, rest.length ? rest : null);
      }
      clearing = false;
    },
  };
}
