// @ts-check
// Which calls a screen speaks, and when. What it sounds like is core/voice.js's affair.
//
// Promises: never two at once; each call is spoken by one screen of the hall, which holds a lease
// of the server; a screen that takes the lease over says nothing that was said; a call older than a
// minute is shown and not spoken; a withdrawn one is not spoken, or breaks off; when two or more
// wait, each is said once and in the first language.
import { signal } from '../core/dom.js';
import { nowMs } from '../core/time.js';

/** @typedef {import('./calls.js').Call} Call */
/** @typedef {{language?: string, clips: string[]}} Part */
/** @typedef {{languages: string[], repeats: number, chimeOnly: boolean, off: boolean, volume: number}} Style */
/** @typedef {{speaker: boolean, spoken: number}} Lease */

const OLD_MS = 60_000;
const CROWD = 2;
const RENEW_MS = 3_000;
/** So many numbers of spoken calls are kept for whoever asks. */
const KEPT = 1_000;

/**
 * @param {object} by
 * @param {import('../core/voice.js').Voice} by.voice
 * @param {() => Style} by.style
 * @param {(call: Call, style: Style, waiting: number) => Promise<Part[]>} by.words
 * @param {(spoken: number, release: boolean) => Promise<Lease | null>} by.lease null: the server is
 *   away; throws when it lets this screen take no part
 */
export function speech({ voice, style, words, lease }) {
  /** Whether this screen is the one that speaks. */
  const speaker = signal(false);
  /** Calls spoken, newest last, for tests and for the program around the page. */
  const said = /** @type {number[]} */ ([]);
  /** @type {Call[]} */
  let queue = [];
  /** Number of the newest call spoken in this hall, by whomever. */
  let spoken = 0;
  /** Number of the newest call taken up here. */
  let heard = 0;
  /** @type {Call | null} */
  let current = null;
  let alone = false;
  let epoch = '';

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
   * A document: another epoch counts anew where its calls do, and what is gone from the list was
   * taken back.
   * @param {any} doc
   */
  function take(doc) {
    if (doc.epoch !== epoch) {
      epoch = doc.epoch;
      if (doc.last_call < heard || doc.last_call < spoken) {
        spoken = heard = 0;
        queue = [];
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

  function fresh() {
    queue = queue.filter((c) => c.call > spoken && nowMs() - Date.parse(c.at) <= OLD_MS);
    return queue;
  }

  let busy = false;

  async function next() {
    if (busy || !speaker.peek() || voice.state.peek() !== 'on') return;
    const call = fresh().shift();
    if (!call) return;
    busy = true;
    current = call;
    try {
      const set = style();
      if (!set.off && (await speak(call, set)) === 'done') mark(call);
    } catch (err) {
      console.warn(`call ${call.call} was not spoken:`, err);
    } finally {
      busy = false;
      current = null;
    }
    void next();
  }

  /**
   * @param {Call} call
   * @param {Style} set
   */
  async function speak(call, set) {
    const parts = await words(call, set, fresh().length);
    if (current !== call || !speaker.peek()) return 'stopped';
    voice.setVolume(set.volume);
    return voice.play(
      parts.map((p) => p.clips),
      (n) => {
        mark(call); // said once: nobody needs to say it again
        // More have come meanwhile: the rest is cut short, but for the ticket's own language.
        const own = parts[n].language === call.language && !parts.slice(0, n).some((p) => p.language === call.language);
        return fresh().length < CROWD || own;
      },
    );
  }

  /** @param {Call} call */
  function mark(call) {
    if (spoken >= call.call) return;
    spoken = call.call;
    said.push(call.call);
    if (said.length > KEPT) said.shift();
    void renew();
  }

  /** Asks to be, or to stay, the one that speaks. A screen without sound does not ask. */
  async function renew() {
    if (voice.state.peek() !== 'on' || style().off) {
      if (speaker.peek() && !alone) void lease(spoken, true).catch(() => {});
      speaker.value = false;
      return;
    }
    try {
      const answer = await lease(spoken, false);
      alone = false;
      // When the server is away, the screen that speaks goes on and the others stay silent.
      if (answer) {
        spoken = Math.max(spoken, answer.spoken);
        speaker.value = answer.speaker;
        // Cut off for so long that another has taken over: two must not talk at once.
        if (!answer.speaker) voice.stop();
      }
    } catch {
      // A screen that the server does not know speaks for itself: there is no hall to share.
      alone = true;
      speaker.value = true;
    }
    void next();
  }

  /** Gives the lease back when the page goes. */
  function leave() {
    if (speaker.peek() && !alone) void lease(spoken, true).catch(() => {});
  }

  /** Begins to ask for the lease; to be called once. */
  function start() {
    void renew();
    setInterval(() => void renew(), RENEW_MS);
    voice.state.subscribe(() => void renew());
    addEventListener('pagehide', leave);
  }

  return { speaker, said, hear, take, start, renew, queue: () => queue.map((c) => c.call) };
}
