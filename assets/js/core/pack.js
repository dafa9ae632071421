// @ts-check
// The voice pack in memory: an index, and the sounds that it names, fetched and decoded when they
// are first needed. They are decoded at rates that speech needs and a small machine can hold: 7 MB
// for the calls, some 60 MB for all that a kiosk may read aloud.

/** @typedef {import('./clips.js').Index} Index */
/**
 * @typedef {object} Pack
 * @property {Index} index
 * @property {() => Promise<any>} [warm] decodes what the first word would wait for
 * @property {(id: string) => {buffer: () => Promise<AudioBuffer>, offset: number}} sound
 */
/** @typedef {{index: Index, sounds: Map<string, {buffer: AudioBuffer, offset: number}>}} Ready */

/** Samples a second of what is decoded; read-aloud is heard from nearby and need not carry. */
export const RATE = 24_000;
export const NEAR_RATE = 16_000;

export const folder = new URL('../../voice/', import.meta.url);

/**
 * @param {string} url
 * @param {number} [rate]
 * @returns {Promise<Pack>}
 */
export async function openPack(url, rate = RATE) {
  let answer = await fetch(url);
  // A program without recordings of its own has no index of its own.
  if (!answer.ok) answer = await fetch(new URL('index.json', folder));
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
  /** @type {Index} */
  const index = await answer.json();
  const sprite = once(async () => {
    try {
      return await load(new URL(index.webm, folder).href, rate);
    } catch (err) {
      if (!index.mp3) throw err;
      return load(new URL(index.mp3, folder).href, rate); // an old Safari knows no Opus in WebM
    }
  });
  /** @type {Map<string, () => Promise<AudioBuffer>>} */
  const files = new Map();
  return {
    index,
    warm: sprite,
    sound(id) {
      const { url: file, offset_s } = index.clips[id];
      if (!file) return { buffer: sprite, offset: offset_s };
      let own = files.get(id);
      if (!own) files.set(id, (own = once(() => load(new URL(file, location.href).href, rate))));
      return { buffer: own, offset: 0 };
    },
  };
}

/**
 * @param {Pack} a
 * @param {Pack} b
 * @returns {Pack}
 */
export function merge(a, b) {
  return { index: { ...a.index, clips: { ...b.index.clips, ...a.index.clips } }, sound: (id) => (id in a.index.clips ? a : b).sound(id) };
}

/**
 * @param {Pack} pack
 * @param {string[]} ids
 * @returns {Promise<Ready>}
 */
export async function decode(pack, ids) {
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

/**
 * @param {string} url
 * @param {number} rate
 */
async function load(url, rate) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return new OfflineAudioContext(1, 1, rate).decodeAudioData(await answer.arrayBuffer());
}

/**
 * A value that is made when it is first asked for; a failure is not kept.
 * @template T
 * @param {() => Promise<T>} make
 * @returns {() => Promise<T>}
 */
export function once(make) {
  /** @type {Promise<T> | null} */
  let made = null;
  return () =>
    (made ??= make().catch((err) => {
      made = null;
      throw err;
    }));
}
