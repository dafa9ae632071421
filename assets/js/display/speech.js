// @ts-check
// Which calls a screen speaks, and when. What it sounds like is core/voice.js's affair, who may
// speak is lease.js's.
//
// Promises: never two at once; each call is spoken by one screen of the hall, which holds the lease
// and has claimed the call; nothing is begun that could not be claimed, and nothing that the lease
// does not outlast; what could not be claimed is asked for again until it is a minute old, for then
// a call is shown and not spoken; a withdrawn one is not spoken, or breaks off; when two or more
// wait, each is said once and in the first language.
import { nowMs } from '../core/time.js';
import { leaseOf } from './lease.js';

/** @typedef {import('./calls.js').Call} Call */
/** @typedef {{language?: string, clips: string[]}} Part */
/** @typedef {{languages: string[], repeats: number, chimeOnly: boolean, off: boolean, volume: number}} Style */

const OLD_MS = 60_000;
const CROWD = 2;
const RENEW_MS = 3_000;
/** After a claim without an answer. */
const AGAIN_MS = 1_000;
/** A sentence takes eight seconds at most; recordings that take longer are renewed for meanwhile. */
const SENTENCE_MS = 8_000;
/** A loudspeaker that failed leaves the hall to another for so long. */
const FAILED_MS = 15_000;
/** So many numbers of spoken calls are kept for whoever asks. */
const KEPT = 1_000;

/**
 * @param {object} by
 * @param {import('../core/voice.js').Voice} by.voice
 * @param {() => Style} by.style
 * @param {(call: Call, style: Style, waiting: number) => Promise<Part[]>} by.words
 * @param {Parameters<typeof leaseOf>[0]} by.lease
 */
export function speech({ voice, style, words, lease: send }) {
  const lease = leaseOf(send);
  /** Calls spoken, newest last, for tests and for the program around the page. */
  const said = /** @type {number[]} */ ([]);
  /** @type {Call[]} */
  let queue = [];
  /** Calls that another screen has claimed: it may hand them back. @type {Call[]} */
  let aside = [];
  /** Number of the newest call taken up here. */
  let heard = 0;
  /** @type {Call | null} */
  let current = null;
  let epoch = '';
  let failed = -FAILED_MS;
  let busy = false;
  /** @type {any} */
  let again = 0;

  /**
   * A call has come on the screen.
   * @param {Call} call
   */
  function hear(call) {
    if (call.call <= heard) return;
    heard = call.call;
    fresh().push(call); // a screen that does not speak must not collect them either
    void next();
  }

  /**
   * Calls from before the page was loaded: whoever has said them, the server knows.
   * @param {Call[]} calls
   */
  function recover(calls) {
    const known = new Set([current, ...queue, ...aside].map((c) => c?.call));
    const more = calls.filter((c) => !known.has(c.call) && !said.includes(c.call));
    if (!more.length) return;
    heard = Math.max(heard, ...more.map((c) => c.call));
    queue = [...queue, ...more].sort((a, b) => a.call - b.call);
    void next();
  }

  /**
   * A document: another epoch counts anew where its calls do, and what is gone from the list was
   * taken back.
   * @param {any} doc
   */
  function take(doc) {
    if (doc.epoch !== epoch) {
      epoch = doc.epoch;
      if (doc.last_call < heard) {
        heard = 0;
        queue = aside = [];
      }
    }
    const first = doc.calls[0]?.call ?? 0; // an empty list: all were taken back
    const have = new Set(doc.calls.map((/** @type {Call} */ c) => c.call));
    const gone = (/** @type {Call} */ c) => c.call >= first && c.call <= doc.last_call && !have.has(c.call);
    queue = queue.filter((c) => !gone(c));
    if (current && gone(current)) {
      current = null;
      voice.stop();
    }
  }

  const young = (/** @type {Call} */ c) => nowMs() - Date.parse(c.at) <= OLD_MS;

  function fresh() {
    return (queue = queue.filter(young));
  }

  /** @param {Call} call */
  function drop(call) {
    queue = queue.filter((c) => c !== call);
  }

  /** A screen that cannot be heard leaves the hall to another. */
  function mute() {
    return voice.state.peek() !== 'on' || style().off || performance.now() - failed < FAILED_MS;
  }

  async function next() {
    if (busy || !lease.held.peek() || mute()) return;
    const call = fresh()[0];
    if (!call) return;
    busy = true;
    current = call;
    let more = true;
    try {
      const set = style();
      const [parts, claim] = await Promise.all([words(call, set, queue.length - 1), lease.ask(call.call)]);
      if (claim === 'taken') aside = [...aside.filter(young), call];
      if (claim === 'taken' || claim === 'over') drop(call);
      more = claim === 'yours' ? current !== call || (await say(call, set, parts)) : claim !== 'not now';
    } catch (err) {
      drop(call);
      console.warn(`call ${call.call} was not spoken:`, err);
    } finally {
      busy = false;
      current = null;
      lease.putDown();
    }
    if (more) return void next();
    clearTimeout(again);
    again = setTimeout(() => void renew(), AGAIN_MS);
  }

  /**
   * @param {Call} call claimed
   * @param {Style} set
   * @param {Part[]} parts
   * @returns {Promise<boolean>} false: it was not begun
   */
  async function say(call, set, parts) {
    let begun = false;
    voice.setVolume(set.volume);
    const end = await voice.play(
      parts.map((p) => p.clips),
      async (n, seconds) => {
        if (current !== call) return false;
        if (n > 0) {
          mark(call);
          // More have come meanwhile: the rest is cut short, but for the ticket's own language.
          const own = parts[n].language === call.language && !parts.slice(0, n).some((p) => p.language === call.language);
          if (fresh().length >= CROWD && !own) return false;
        }
        if (!(await outlasts(seconds)) || current !== call) return false;
        if (n > 0) return true;
        begun = true;
        lease.begun(call.call);
        drop(call);
        return true;
      },
    );
    if (end === 'failed') {
      console.warn(`call ${call.call} could not be heard`);
      failed = performance.now();
      // Begun and never once said to its end: whoever can be heard may say it, this screen too when it is well.
      const unsaid = begun && said.at(-1) !== call.call;
      if (unsaid) aside = [...aside.filter(young), call];
      lease.release(unsaid ? [call.call] : []);
    } else if (begun && end === 'done') mark(call);
    return begun;
  }

  /**
   * Whether the lease lasts until a part is over; it is renewed when it would not.
   * @param {number} seconds
   */
  async function outlasts(seconds) {
    const ms = Math.min(1000 * seconds, SENTENCE_MS);
    if (lease.left() < ms) await lease.ask();
    return lease.left() >= ms;
  }

  /** Said once, it was said. @param {Call} call */
  function mark(call) {
    if (said.at(-1) === call.call) return;
    said.push(call.call);
    if (said.length > KEPT) said.shift();
  }

  /** Asks to be, or to stay, the one that speaks. A screen without sound does not ask. */
  async function renew() {
    if (mute()) return lease.release();
    await lease.ask();
    const back = aside.filter((c) => lease.free().includes(c.call));
    if (back.length) {
      aside = aside.filter((c) => !back.includes(c));
      queue = [...queue, ...back].sort((a, b) => a.call - b.call);
    }
    void next();
  }

  /** The page goes: another screen may say what was not said once. */
  function leave() {
    lease.release(current && said.at(-1) !== current.call ? [current.call] : []);
  }

  /** Begins to ask for the lease; to be called once. */
  function start() {
    void renew();
    setInterval(() => void renew(), RENEW_MS);
    voice.state.subscribe(() => void renew());
    addEventListener('pagehide', leave);
  }

  // Cut off for so long that another may begin: two must not talk at once.
  lease.held.subscribe((on) => {
    if (!on && current) voice.stop();
  });

  return { speaker: lease.held, said, hear, recover, take, start, renew, queue: () => queue.map((c) => c.call) };
}
