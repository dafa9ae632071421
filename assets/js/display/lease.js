// @ts-check
// The right to speak in a hall: a lease of the server, and the claim of each call.
//
// Promises: this page counts its lease from before it asked and stops before the server lets
// another begin, whatever the clocks and the network do; requests go one after the other and carry
// a number, so none that is late undoes a newer one; a call that was asked for and not begun is
// handed back until the server has heard it.
import { signal } from '../core/dom.js';

/** @typedef {{speaker: boolean, lease_s: number, claim?: 'yours' | 'taken' | 'over', back?: number[]}} Answer */
/** @typedef {{seq: number, got: number, call?: number, back?: number[], release?: boolean}} Wish */
/** @typedef {'yours' | 'taken' | 'over' | 'not now'} Claim not now: without an answer, or without the lease */

/** What clocks of two machines drift in ten seconds, and what it takes to fall silent. */
const MARGIN_MS = 500;

/**
 * @param {(wish: Wish) => Promise<Answer | null>} send null: the server is away; throws when it lets
 *   this screen take no part
 */
export function leaseOf(send) {
  /** Whether this screen is the one that speaks. */
  const held = signal(false);
  /** When the lease ends, by a clock that nobody sets, and by one that goes on while a machine sleeps. */
  let until = { steady: 0, wall: 0 };
  let seq = 0;
  /** The newest request whose answer was heard. */
  let got = 0;
  /** @type {any} */
  let end = 0;
  /** Nobody shares the hall. */
  let alone = false;
  /** Calls that were asked for and not begun. */
  const asked = /** @type {Set<number>} */ (new Set());
  /** The call that is being asked for, or made ready: it is not given up. */
  let hand = 0;
  /** Calls that others handed back. */
  let free = /** @type {number[]} */ ([]);
  /** @type {Promise<any>} */
  let line = Promise.resolve();

  /** Milliseconds for which this screen may still speak. */
  function left() {
    if (!held.peek()) return 0;
    if (alone) return Infinity;
    return Math.max(0, Math.min(until.steady - performance.now(), until.wall - Date.now()));
  }

  function lose() {
    clearTimeout(end);
    held.value = false;
  }

  /** Watches the end of the lease. */
  function guard() {
    clearTimeout(end);
    const ms = left();
    if (ms > 0) end = setTimeout(guard, ms);
    else lose();
  }

  /**
   * Asks for the lease, and for a call.
   * @param {number} [call]
   * @returns {Promise<Claim>}
   */
  function ask(call) {
    const turn = line.then(() => once(call));
    line = turn.catch(() => {});
    return turn;
  }

  /** @param {number} [call] @returns {Promise<Claim>} */
  async function once(call) {
    if (call) {
      hand = call;
      asked.add(call);
    }
    const back = [...asked].filter((n) => n !== hand);
    const steady = performance.now();
    const wall = Date.now();
    const mine = ++seq;
    /** @type {Answer | null} */
    let answer;
    try {
      answer = await send({ seq: mine, got, ...(call ? { call } : {}), ...(back.length ? { back } : {}) });
      if (answer) got = Math.max(got, mine);
      if (mine !== seq) return 'not now'; // given back meanwhile
      alone = false;
    } catch {
      // A screen that the server does not know speaks for itself: there is no hall to share.
      alone = true;
      held.value = true;
      asked.clear();
      return call ? 'yours' : 'not now';
    }
    if (!answer) {
      if (left() === 0) lose();
      return 'not now';
    }
    for (const n of back) asked.delete(n);
    free = answer.back ?? [];
    if (!answer.speaker) {
      lose();
      return 'not now';
    }
    const ms = answer.lease_s * 1000 - MARGIN_MS;
    until = { steady: steady + ms, wall: wall + ms };
    held.value = true;
    guard();
    if (answer.claim === 'taken' || answer.claim === 'over') asked.delete(/** @type {number} */ (call));
    return held.peek() ? (answer.claim ?? 'not now') : 'not now';
  }

  /**
   * Gives the lease back, and the calls that were not begun. Not in line: the page may be going.
   * @param {number[]} [unsaid]
   */
  function release(unsaid = []) {
    if (alone || (!held.peek() && !asked.size)) return;
    const back = [...asked, ...unsaid];
    hand = 0;
    lose();
    const mine = ++seq;
    void send({ seq: mine, got, release: true, ...(back.length ? { back } : {}) })
      .then((answer) => {
        if (!answer) return;
        got = Math.max(got, mine);
        for (const n of back) asked.delete(n);
      })
      .catch(() => {});
  }

  return {
    held, left, ask, release,
    /** A call is being said: nobody else may say it now. @param {number} call */
    begun: (call) => void asked.delete(call),
    /** A call that was asked for is not being made ready any more. */
    putDown: () => void (hand = 0),
    free: () => free,
  };
}
