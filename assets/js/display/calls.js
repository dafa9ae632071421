// @ts-check
// Which call a board shows, and when. No drawing here.
//
// Promises: each call is shown once, in the order of its number, however often the screen
// reconnects or is switched off and on; each gets its moment; one that is older than a minute when
// it is found is shown, not flashed; one that was withdrawn before its turn is left out.
import { signal, batch } from '../core/dom.js';
import { get } from '../core/api.js';
import { nowMs } from '../core/time.js';
import { recall, remember } from '../core/store.js';

/** @typedef {{call: number, number: string, counter: number, service: string, at: string, again?: boolean, priority?: boolean, language?: string, withdrawn?: boolean}} Call */
/** @typedef {{call: Call, fresh: boolean}} Shown */
/** @typedef {{epoch: string, call: number, at: string}} Mark the newest call shown */

const OLD_MS = 60_000;
const MOMENT_MS = 4_500;
/** When many wait for their moment, each is a little shorter. */
const SHORT_MOMENT_MS = 3_000;
const CROWD = 3;
/** So many numbers of calls are kept for whoever asks. */
const KEPT = 1_000;

/**
 * @param {string} center
 * @param {{key?: string, fetchAfter?: (n: number) => Promise<any>, wait?: (fn: () => void, ms: number) => void,
 *   held?: () => Mark | null, keep?: (mark: Mark) => void}} [by] held and keep: a memory that outlives
 *   the browser's
 */
export function announcer(center, by = {}) {
  const fetchAfter = by.fetchAfter ?? ((n) => get(`/api/v1/centers/${center}/calls?after=${n}`));
  const wait = by.wait ?? ((fn, ms) => void setTimeout(fn, ms));
  const key = `display.${by.key ?? center}`;

  /** What stands on the card. */
  const shown = signal(/** @type {Shown | null} */ (null));
  /** The newest calls shown, in order, and of those the announced ones: for tests. A screen runs for
   * months, so both lists are short. */
  const seen = /** @type {number[]} */ ([]);
  const announced = /** @type {number[]} */ ([]);
  /** Whether a call has its moment just now: videos hold back meanwhile. */
  const busy = signal(false);
  /** @type {Call[]} */
  let queue = [];
  let epoch = '';
  /** Number of the newest call taken up, shown or waiting. */
  let last = -1;
  /** The newest call shown; kept, so that a reload does not show it again. */
  let mark = /** @type {Mark | null} */ (recall(key));
  let running = false;
  let asking = false;
  /** @type {any} */
  let newest = null;
  /** Calls that this screen had shown before its page was loaded. */
  const passed = signal(/** @type {Call[]} */ ([]));

  /** @param {any} doc */
  function take(doc) {
    newest = doc;
    if (asking) return;
    if (doc.epoch !== epoch) begin(doc);
    if (doc.last_call > last) {
      if (hole(doc)) return void fill(doc);
      add(doc.calls);
      last = doc.last_call;
    }
    drop(doc);
    run();
  }

  /**
   * An old document announces nothing: nobody is sent to a counter by an old screen. What it says
   * last stands on the card, as what it is, until the truth comes.
   * @param {any} doc
   */
  function stand(doc) {
    const call = doc.calls.at(-1);
    if (!shown.peek() && call) shown.value = { call, fresh: false };
  }

  /**
   * A first document, or one of another epoch. Calls are numbered for ever, so where our last call
   * is still on the list, the list goes on from there.
   * @param {any} doc
   */
  function begin(doc) {
    const held = newer(mark, by.held?.() ?? null);
    const same = (/** @type {Call} */ c) => c.call === held?.call && c.at === held?.at;
    const goesOn = held && (held.epoch === doc.epoch ? held.call <= doc.last_call : doc.calls.some(same));
    epoch = doc.epoch;
    queue = [];
    passed.value = [];
    shown.value = null;
    if (held && goesOn) {
      last = held.call;
      const old = doc.calls.filter((/** @type {Call} */ c) => c.call <= last);
      const before = old.at(-1);
      passed.value = old;
      if (before) shown.value = { call: before, fresh: false };
      return;
    }
    // Never seen this list: nothing before its first entry is a hole.
    last = doc.calls.length ? doc.calls[0].call - 1 : doc.last_call;
  }

  /**
   * Numbers between what we have and what there is that the list does not hold: withdrawn, or gone
   * from the end of the list.
   * @param {any} doc
   */
  function hole(doc) {
    const have = new Set(doc.calls.map((/** @type {Call} */ c) => c.call));
    for (let n = last + 1; n <= doc.last_call; n++) if (!have.has(n)) return true;
    return false;
  }

  /** @param {any} doc */
  async function fill(doc) {
    asking = true;
    // Without an answer, what the document holds is shown all the same.
    const more = (await ask()) ?? (await ask()) ?? [];
    asking = false;
    if (doc.epoch === epoch) {
      const all = new Map([...doc.calls, ...more].map((c) => [c.call, c]));
      const withdrawn = new Set(more.filter((c) => c.withdrawn).map((c) => c.call));
      add([...all.values()].filter((c) => !withdrawn.has(c.call)));
      last = Math.max(last, doc.last_call, ...all.keys());
    }
    take(newest);
  }

  /** @returns {Promise<Call[] | null>} */
  async function ask() {
    try {
      const answer = await fetchAfter(last);
      return Array.isArray(answer) ? answer : (answer?.calls ?? []);
    } catch {
      return null;
    }
  }

  /** @param {Call[]} calls */
  function add(calls) {
    queue.push(...calls.filter((c) => c.call > last && !c.withdrawn).sort((a, b) => a.call - b.call));
  }

  /**
   * Takes back what was withdrawn: waiting for its moment, or standing on the card.
   * @param {any} doc
   */
  function drop(doc) {
    const first = doc.calls[0]?.call ?? 0; // an empty list: all were taken back
    const have = new Set(doc.calls.map((/** @type {Call} */ c) => c.call));
    const gone = (/** @type {Call} */ c) => c.call >= first && c.call <= doc.last_call && !have.has(c.call);
    queue = queue.filter((c) => !gone(c));
    const at = shown.peek();
    if (at && gone(at.call)) {
      const before = doc.calls.filter((/** @type {Call} */ c) => c.call < at.call.call).at(-1);
      shown.value = before ? { call: before, fresh: false } : null;
    }
  }

  function run() {
    if (running) return;
    /** @type {Call | undefined} */
    let call;
    let old = false;
    // Of those that are too old to be announced only the last stays.
    do {
      const next = queue.shift();
      if (!next) break;
      call = next;
      note(seen, call.call);
      old = nowMs() - Date.parse(call.at) > OLD_MS;
    } while (old);
    if (!call) return;
    const now = call;
    batch(() => {
      shown.value = { call: now, fresh: !old };
      busy.value = !old;
    });
    mark = { epoch, call: call.call, at: call.at };
    remember(key, mark);
    by.keep?.(mark);
    if (old) return;
    note(announced, call.call);
    running = true;
    wait(
      () => {
        running = false;
        busy.value = queue.length > 0;
        run();
      },
      queue.length > CROWD ? SHORT_MOMENT_MS : MOMENT_MS,
    );
  }

  return { shown, seen, announced, busy, take, stand, passed };
}

/**
 * The later of two marks: the browser's own memory may be older than the program's.
 * @param {Mark | null} a
 * @param {Mark | null} b
 */
function newer(a, b) {
  if (!a || !b) return a ?? b;
  return Date.parse(b.at) > Date.parse(a.at) ? b : a;
}

/** @param {number[]} list @param {number} call */
function note(list, call) {
  list.push(call);
  if (list.length > KEPT) list.splice(0, list.length - KEPT);
}
