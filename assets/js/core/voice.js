// @ts-check
// The loudspeaker: plays clips of the voice pack (assets/voice) one after the other, to the sample,
// by Web Audio. One thing is said at a time; a new one interrupts.
//
// The pack is decoded once, at a rate that speech needs and a small machine can hold (24 kHz: 7 MB
// for the calls). Every source of a part is started beforehand on the audio clock, so nothing that
// the page does makes a gap longer or shorter.
import { signal } from './dom.js';
import { lay, phrasebook, spell } from './clips.js';

/** @typedef {import('./clips.js').Index} Index */
/**
 * What the loudspeaker can do: "on"; "blocked": the browser wants a touch first; "off": there is no
 * sound here, or it was turned off; "starting" until that is known.
 * @typedef {'starting' | 'on' | 'blocked' | 'off'} State
 */
/** @typedef {'done' | 'stopped' | 'failed'} End */

const RATE = 24_000;
/** From the order to the first sample: what a slow machine needs to start its sources in time. */
const LEAD_S = 0.06;
const FADE_S = 0.03;
/** A browser that may play says so well within this time. */
const STARTING_MS = 1_500;
/** When the audio clock stands still (a loudspeaker pulled out), nothing ever ends. */
const STUCK_MS = 5_000;

const folder = new URL('../../voice/', import.meta.url);

/**
 * @param {object} [by]
 * @param {string} [by.own] address of an index with recordings of the centre's own, used where it answers
 * @param {boolean} [by.texts] also the texts that a kiosk reads aloud
 * @param {() => AudioContext} [by.context]
 */
export function createVoice(by = {}) {
  const state = signal(/** @type {State} */ ('starting'));
  /** Whether something is being said just now. */
  const speaking = signal(false);
  /** @type {Set<(on: boolean) => void>} */
  const listeners = new Set();
  let muted = false;
  let volume = 1;
  /** @type {AudioContext | null} */
  let context = null;
  /** @type {{stop: () => void} | null} */
  let playing = null;
  /** @type {{words: string | string[], lang: string} | null} */
  let last = null;

  const pack = once(() => openPack(by.own ? by.own : new URL('index.json', folder).href));
  const plain = once(() => openPack(new URL('index.json', folder).href));
  const texts = once(() => openPack(new URL('texts.json', folder).href));

  function audio() {
    if (context) return context;
    try {
      context = by.context ? by.context() : new AudioContext({ latencyHint: 'playback' });
    } catch {
      return null;
    }
    context.addEventListener('statechange', look);
    return context;
  }

  let known = false;
  /** Looks at what the browser allows. */
  function look() {
    if (muted) state.value = 'off';
    else if (!context) state.value = known ? 'off' : 'starting';
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
    pack().catch(() => {});
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
   * @param {(next: number) => boolean} [goOn] asked before each part but the first
   * @returns {Promise<End>} "failed" when nothing could be heard
   */
  async function play(parts, goOn = () => true) {
    playing?.stop();
    const a = audio();
    if (!a || muted || a.state !== 'running') return 'failed';
    let stopped = false;
    const gain = a.createGain();
    gain.gain.value = volume;
    gain.connect(a.destination);
    /** @type {(() => void) | null} */
    let cut = null;
    const mine = {
      stop() {
        stopped = true;
        gain.gain.setTargetAtTime(0, a.currentTime, FADE_S / 3);
        cut?.();
      },
    };
    playing = mine;
    try {
      const ready = await prepare(parts.flat());
      let at = a.currentTime + LEAD_S;
      for (let n = 0; n < parts.length; n++) {
        if (stopped) return 'stopped';
        if (n > 0 && !goOn(n)) return 'done';
        tell(true);
        at = Math.max(at, a.currentTime + LEAD_S);
        const part = begin(a, gain, parts[n], ready, at);
        cut = part.cut;
        if (!(await part.over)) return stopped ? 'stopped' : 'failed';
        at += part.seconds + ready.index.pause_s;
      }
      return stopped ? 'stopped' : 'done';
    } catch (err) {
      console.warn('the voice pack cannot be played:', err);
      return 'failed';
    } finally {
      setTimeout(() => gain.disconnect(), 200);
      if (playing === mine) {
        playing = null;
        tell(false);
      }
    }
  }

  /** The pack for these clips, decoded; without the centre's own recordings where those fail. */
  async function prepare(/** @type {string[]} */ ids) {
    try {
      return await decode(await both(pack), ids);
    } catch (err) {
      if (!by.own) throw err;
      console.warn('the recordings of this centre cannot be used:', err);
      return decode(await both(plain), ids);
    }
  }

  /** @param {() => Promise<Pack>} first */
  async function both(first) {
    return by.texts ? merge(await first(), await texts()) : first();
  }

  /**
   * Says a list: ids of clips without their language ("call"), "number:A042", "n:14", or texts.
   * @param {string[]} list
   * @param {string} lang
   */
  async function say(list, lang) {
    last = { words: list, lang };
    const { index } = await both(pack);
    const book = phrasebook(index);
    /** @type {string[]} */
    const ids = [];
    for (const item of list) {
      const [, kind, rest] = /^(n|number):(.*)$/.exec(item) ?? [];
      const found = kind === 'n' ? book.count(Number(rest), lang) : kind ? spell(rest, lang) : index.clips[`${lang}-${item}`] ? [`${lang}-${item}`] : book.say(item, lang);
      if (!found) return /** @type {End} */ ('failed');
      ids.push(...found);
    }
    return play([ids]);
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
    stop: () => playing?.stop(),
    /** Says the last list again. */
    repeat: () => (last ? say(/** @type {string[]} */ (last.words), last.lang) : Promise.resolve(/** @type {End} */ ('failed'))),
    /** @param {number} percent */
    setVolume(percent) {
      volume = Math.max(0, Math.min(100, percent)) / 100;
    },
    /** @param {boolean} off */
    mute(off) {
      muted = off;
      if (off) playing?.stop();
      look();
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
 * @typedef {object} Pack
 * @property {Index} index
 * @property {(id: string) => {buffer: () => Promise<AudioBuffer>, offset: number}} sound
 */
/** @typedef {{index: Index, sounds: Map<string, {buffer: AudioBuffer, offset: number}>}} Ready */

/** @param {string} url @returns {Promise<Pack>} */
async function openPack(url) {
  let answer = await fetch(url);
  // A program without recordings of its own has no index of its own.
  if (!answer.ok) answer = await fetch(new URL('index.json', folder));
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
  /** @type {Index} */
  const index = await answer.json();
  const sprite = once(async () => {
    try {
      return await load(new URL(index.webm, folder).href);
    } catch {
      return load(new URL(index.mp3, folder).href); // an old Safari knows no Opus in WebM
    }
  });
  /** @type {Map<string, () => Promise<AudioBuffer>>} */
  const files = new Map();
  return {
    index,
    sound(id) {
      const { url: file, offset_s } = index.clips[id];
      if (!file) return { buffer: sprite, offset: offset_s };
      let own = files.get(id);
      if (!own) files.set(id, (own = once(() => load(new URL(file, location.href).href))));
      return { buffer: own, offset: 0 };
    },
  };
}

/**
 * @param {Pack} a
 * @param {Pack} b
 * @returns {Pack}
 */
function merge(a, b) {
  return { index: { ...a.index, clips: { ...b.index.clips, ...a.index.clips } }, sound: (id) => (id in a.index.clips ? a : b).sound(id) };
}

/**
 * @param {Pack} pack
 * @param {string[]} ids
 * @returns {Promise<Ready>}
 */
async function decode(pack, ids) {
  /** @type {Ready['sounds']} */
  const sounds = new Map();
  for (const id of new Set(ids)) {
    if (!(id in pack.index.clips)) continue;
    const s = pack.sound(id);
    sounds.set(id, { buffer: await s.buffer(), offset: s.offset });
  }
  if (!sounds.size) throw new Error(`none of ${ids.join(', ')} is in the pack`);
  return { index: pack.index, sounds };
}

/** @param {string} url */
async function load(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return new OfflineAudioContext(1, 1, RATE).decodeAudioData(await answer.arrayBuffer());
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

/**
 * A value that is made when it is first asked for; a failure is not kept.
 * @template T
 * @param {() => Promise<T>} make
 * @returns {() => Promise<T>}
 */
function once(make) {
  /** @type {Promise<T> | null} */
  let made = null;
  return () =>
    (made ??= make().catch((err) => {
      made = null;
      throw err;
    }));
}
