// @ts-check
// What the kiosk program says of this machine: its printer, its lane of numbers, whether it is
// paired. A browser has no such program beside it, and everything here is then absent.
import { signal } from '../core/dom.js';
import { post } from '../core/api.js';
import { watch, still } from '../core/socket.js';
import { follow, tellHealth } from '../core/machine.js';

/** States of a printer that can print. */
const PRINTS = ['ready', 'near_end', 'unknown'];
/** How long a job may keep people waiting before the screen asks for a photograph. */
export const PRINT_WAIT_S = 15;

/** @param {import('../core/page.js').Env} env */
export function machineState(env) {
  const source =
    env.ui.local !== undefined
      ? still({ doc: env.ui.local })
      : env.device === 'kiosk'
        ? watch({ view: 'local', center: env.center })
        : still({ doc: null });
  if (env.device === 'kiosk') follow(env, source);
  tellHealth(env, () => ({ sound: 'unknown' }));
  /** What became of the jobs of this sitting: the document shows the newest only. */
  const jobs = signal(/** @type {Record<string, string>} */ ({}));

  const doc = () => source.data.value;
  /** Its printer, null when it has none. */
  const printer = () => {
    const p = doc()?.printer;
    return p && p.state && p.state !== 'none' ? p : null;
  };

  /**
   * How the paper of a ticket stands.
   * @param {string} ticket
   * @returns {string} "" when nothing is known of it
   */
  function jobOf(ticket) {
    const job = doc()?.job;
    return job?.ticket === ticket ? job.state : (jobs.value[ticket] ?? '');
  }

  source.data.subscribe((d) => {
    const job = d?.job;
    if (job?.ticket && jobs.peek()[job.ticket] !== job.state) jobs.value = { ...jobs.peek(), [job.ticket]: job.state };
  });

  return {
    device: () => doc()?.device ?? '',
    /** Numbers can be given out while the server is away. */
    lane: () => !!doc()?.lane,
    spool: () => doc()?.spool ?? 0,
    pairing: () => doc()?.pairing ?? null,
    printer,
    prints: () => PRINTS.includes(printer()?.state),
    jobOf,
    /** A job that was interrupted: staff say whether its paper came out. */
    asked: () => (doc()?.job?.state === 'ask' ? doc().job : null),
    forget: () => (jobs.value = {}),
    /**
     * @param {string} ticket
     * @param {boolean} again
     */
    print(ticket, again) {
      if (env.frozen) return Promise.resolve();
      return post('/local/print', { ticket, again }, { tries: 1 }).catch(() => {});
    },
    touched: touches(env),
  };
}

/** @typedef {ReturnType<typeof machineState>} Local */

/**
 * Tells the program that someone is there, now and then.
 * @param {import('../core/page.js').Env} env
 */
function touches(env) {
  let said = -Infinity;
  return () => {
    if (env.frozen || env.device !== 'kiosk' || performance.now() - said < 5_000) return;
    said = performance.now();
    void post('/local/touch', {}, { tries: 1 }).catch(() => {});
  };
}

/**
 * How the paper of a ticket stands, as the screen says it.
 * @param {Local} local
 * @param {any} ticket
 * @param {boolean} wanted paper was wished for
 * @param {boolean} late it takes too long
 * @returns {'none' | 'declined' | 'printing' | 'printed' | 'failed'}
 */
export function paperOf(local, ticket, wanted, late) {
  if (!local.printer()) return 'none';
  if (!wanted) return 'declined';
  switch (local.jobOf(ticket.id)) {
    case 'printed':
      return 'printed';
    case 'failed':
    case 'ask':
      return 'failed';
    case 'printing':
      return late && !local.prints() ? 'failed' : 'printing';
    default: // queued, or not heard of yet
      return local.prints() && !late ? 'printing' : 'failed';
  }
}
