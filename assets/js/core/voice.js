// @ts-check
// The loudspeaker: plays clips of the voice pack (assets/voice) one after the other, to the sample,
// by Web Audio. One thing is said at a time; a new one interrupts.
//
// Every source of a part is started beforehand on the audio clock, so nothing that the page does
// makes a gap longer or shorter.
import { signal } from './dom.js';
import { lay, phrasebook, spell } from './clips.js';
import { RATE, NEAR_RATE, folder, openPack, merge, decode, once } from './pack.js';

/** @typedef {import('./pack.js').Ready} Ready */
/**
 * What the loudspeaker can do: "on"; "blocked": the browser wants a touch first; "off": there is no
 * sound here; "starting" until that is known.
 * @typedef {'starting' | 'on' | 'blocked' | 'off'} State
 */
/** @typedef {'done' | 'stopped' | 'failed'} End */

/** From the order to the first sample: what a slow machine needs to start its sources in time. */
const LEAD_S = 0.06;
const FADE_S = 0.03;
/** A browser that may play says so well within this time. */
const STARTING_MS = 1_500;
const RESUME_MS = 500;
/** When the audio clock stands still (a loudspeaker pulled out), nothing ever ends. */
const STUCK_MS = 5_000;

/**
 * @param {object} [by]
 * @param {string} [by.own] address of an index with recordings of the centre's own, used where it answers
 * @param {boolean} [by.texts] also the texts that a kiosk reads aloud
 */
export function createVoice(by = {}) {
  const state = signal(/** @type {State} */ ('starting'));
  /** Whether something is being said just now. */
  const speaking = signal(false);
  /** @type {Set<(on: boolean) => void>} */
  const listeners = new Set();
  /** Counts what is to be said; what is not the newest any more stops. */
  let turn = 0;
  /** When the last thing that was said to its end was over, on the audio clock. */
  let ended = -1;
  let volume = 1;
  /** @type {AudioContext | null} */
  let context = null;
  /** @type {{stop: () => void, gain: AudioParam} | null} */
  let playing = null;
  /** @type {{list: string[], lang: string} | null} */
  let last = null;

  const packAt = async (/** @type {string} */ url) => {
    const words = openPack(url);
    return by.texts ? merge(await words, await openPack(new URL('texts.json', folder).href, NEAR_RATE)) : words;
  };
  const plain = once(() => packAt(new URL('index.json', folder).href));
  const pack = by.own ? once(() => packAt(/** @type {string} */ (by.own))) : plain;
  const book = once(async () => phrasebook((await pack()).index));

  function audio() {
    if (context) return context;
    try {
      context = new AudioContext({ latencyHint: 'playback' });
    } catch {
      return null;
    }
    context.addEventListener('statechange', look);
    return context;
  }

  let known = false;
  /** Looks at what the browser allows. */
  function look() {
    if (!context) state.value = known ? 'off' : 'starting';
    else if (context.state === 'running') state.value = 'on';
    else state.value = known ? 'blocked' : 'starting';
  }

  /** Begins; to be called once. Any touch of the page lets sound through where it was blocked. */
  function start() {
    audio();
    look();
    setTimeout(() => {
      known = true;
      look();
    }, STARTING_MS);
    for (const touch of ['pointerdown', 'keydown']) addEventListener(touch, () => void enable(), { passive: true });
    // The first call of the day need not wait for the pack to be decoded.
    pack()
      .then((p) => p.warm?.())
      .catch(() => {});
  }

  /** Lets sound through; works only when called because of a touch. */
  async function enable() {
    const a = audio();
    if (!a || a.state === 'running') return look();
    await a.resume().catch(() => {});
    look();
  }

  /** @param {boolean} on */
  function tell(on) {
    if (speaking.peek() === on) return;
    speaking.value = on;
    for (const fn of listeners) fn(on);
  }

  /**
   * Says clips, part after part.
   * @param {string[][]} parts
   * @param {(next: number, seconds: number) => boolean | Promise<boolean>} [may] asked before each part
   * @returns {Promise<End>} "failed" when nothing could be heard
   */
  async function play(parts, may = () => true) {
    const mine = ++turn;
    playing?.stop();
    const a = audio();
    if (!a || !(await running(a))) return 'failed';
    if (mine !== turn) return 'stopped';
    let stopped = false;
    const gain = a.createGain();
    gain.gain.value = volume;
    gain.connect(a.destination);
    /** @type {(() => void) | null} */
    let cut = null;
    const now = {
      gain: gain.gain,
      stop() {
        stopped = true;
        gain.gain.setTargetAtTime(0, a.currentTime, FADE_S / 3);
        cut?.();
      },
    };
    playing = now;
    try {
      const ready = await prepare(parts.flat());
      // Sentence after sentence there is a breath between them.
      let at = ended + ready.index.pause_s;
      for (let n = 0; n < parts.length; n++) {
        if (stopped) return 'stopped';
        if (!(await may(n, lay(parts[n], ready.index).seconds))) return stopped ? 'stopped' : 'done';
        if (stopped) return 'stopped';
        tell(true);
        at = Math.max(at, a.currentTime + LEAD_S);
        const part = begin(a, gain, parts[n], ready, at);
        cut = part.cut;
        if (!(await part.over)) return stopped ? 'stopped' : 'failed';
        ended = at + part.seconds;
        at = ended + ready.index.pause_s;
      }
      return stopped ? 'stopped' : 'done';
    } catch (err) {
      console.warn('the voice pack cannot be played:', err);
      return 'failed';
    } finally {
      setTimeout(() => gain.disconnect(), 200);
      if (playing === now) {
        playing = null;
        tell(false);
      }
    }
  }

  /** The pack for these clips, decoded; without the centre's own recordings where those fail. */
  async function prepare(/** @type {string[]} */ ids) {
    try {
      return await decode(await pack(), ids);
    } catch (err) {
      if (!by.own) throw err;
      console.warn('the recordings of this centre cannot be used:', err);
      return decode(await plain(), ids);
    }
  }

  /**
   * Says a list: ids of clips without their language ("call"), "number:A042", "n:14", or texts.
   * @param {string[]} list
   * @param {string} lang
   */
  async function say(list, lang) {
    last = { list, lang };
    const mine = ++turn;
    playing?.stop();
    /** @type {string[]} */
    const ids = [];
    try {
      const { clips } = (await pack()).index;
      const known = await book();
      for (const item of list) {
        const [, kind, rest] = /^(n|number):(.*)$/.exec(item) ?? [];
        const id = `${lang}-${item}`;
        const found = kind === 'n' ? known.count(Number(rest), lang) : kind ? spell(rest, lang) : id in clips ? [id] : known.say(item, lang);
        if (!found) return /** @type {End} */ ('failed');
        ids.push(...found);
      }
    } catch (err) {
      console.warn('the voice pack cannot be read:', err);
      return /** @type {End} */ ('failed');
    }
    return mine === turn ? play([ids]) : /** @type {End} */ ('stopped');
  }

  /**
   * Reads a text as it stands on the screen. Where the pack cannot say all of it, nothing is said
   * and the answer is "failed".
   * @param {string} text
   * @param {string} lang
   */
  function read(text, lang) {
    return say([text], lang);
  }

  return {
    state, speaking, start, enable, play, say, read,
    stop() {
      turn++;
      playing?.stop();
    },
    /** Says the last list again. */
    repeat: () => (last ? say(last.list, last.lang) : Promise.resolve(/** @type {End} */ ('failed'))),
    /** @param {number} percent */
    setVolume(percent) {
      volume = Math.max(0, Math.min(100, percent)) / 100;
      playing?.gain.setValueAtTime(volume, 0);
    },
    /**
     * Called with true when something begins to be said and with false after it.
     * @param {(on: boolean) => void} fn
     */
    onspeaking(fn) {
      listeners.add(fn);
      return () => void listeners.delete(fn);
    },
    /**
     * The same sound as a buffer, faster than it is heard.
     * @param {string[][]} parts
     */
    async render(parts) {
      const ready = await prepare(parts.flat());
      const lengths = parts.map((ids) => lay(ids, ready.index).seconds);
      const whole = lengths.reduce((sum, s) => sum + s + ready.index.pause_s, 0);
      const a = new OfflineAudioContext(1, Math.ceil(whole * RATE), RATE);
      let at = 0;
      parts.forEach((ids, n) => {
        begin(a, a.destination, ids, ready, at);
        at += lengths[n] + ready.index.pause_s;
      });
      return a.startRendering();
    },
  };
}

/** @typedef {ReturnType<typeof createVoice>} Voice */
/**
 * Whether a context plays. One that was made by a touch needs a moment for it.
 * @param {AudioContext} a
 */
async function running(a) {
  if (a.state === 'running') return true;
  await Promise.race([a.resume().catch(() => {}), new Promise((late) => setTimeout(late, RESUME_MS))]);
  return /** @type {string} */ (a.state) === 'running';
}

/**
 * Starts the sources of one part on the clock of a context.
 * @param {BaseAudioContext} a
 * @param {AudioNode} into
 * @param {string[]} ids
 * @param {Ready} ready
 * @param {number} at seconds of the context's clock
 */
function begin(a, into, ids, ready, at) {
  const { placed, seconds } = lay(ids, ready.index);
  const sources = placed.map(({ id, clip, at: after }) => {
    const { buffer, offset } = /** @type {{buffer: AudioBuffer, offset: number}} */ (ready.sounds.get(id));
    const source = a.createBufferSource();
    source.buffer = buffer;
    source.connect(into);
    source.start(at + after, offset, clip.duration_s);
    return source;
  });
  /** @type {(heard: boolean) => void} */
  let end = () => {};
  const over = new Promise((done) => (end = done));
  const stuck = setTimeout(() => end(false), seconds * 1000 + STUCK_MS);
  void over.then(() => clearTimeout(stuck));
  const final = sources.at(-1);
  if (final) final.onended = () => end(true);
  else end(true);
  return {
    seconds,
    over: /** @type {Promise<boolean>} */ (over),
    cut() {
      for (const s of sources) s.stop(a.currentTime + FADE_S);
      end(false);
    },
  };
}
