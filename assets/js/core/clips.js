// @ts-check
// Which clips a text needs, and when each begins. No sound here.

/**
 * A word or phrase of the pack: it lies in the sprite at offset_s, or is a file of its own at url.
 * @typedef {{offset_s: number, duration_s: number, text: string, lang?: string, url?: string}} Clip
 */
/**
 * @typedef {object} Index
 * @property {string} webm
 * @property {string} [mp3] for browsers that know no Opus in WebM
 * @property {number} gap_s between two clips
 * @property {number} pause_s between two parts
 * @property {Record<string, Clip>} clips
 * @property {Record<string, string[]>} [numbers] by language: the words of 0, 1, 2, …
 */
/** @typedef {{id: string, clip: Clip, at: number}} Placed seconds from the beginning */

/**
 * Where each clip begins when they are said one after the other. Ids that the index lacks are left
 * out: a word less is better than silence.
 * @param {string[]} ids
 * @param {Index} index
 * @returns {{placed: Placed[], seconds: number}}
 */
export function lay(ids, index) {
  /** @type {Placed[]} */
  const placed = [];
  let at = 0;
  for (const id of ids) {
    const clip = index.clips[id];
    if (!clip) continue;
    if (placed.length) at += index.gap_s;
    placed.push({ id, clip, at });
    at += clip.duration_s;
  }
  return { placed, seconds: at };
}

/**
 * The form in which two texts are the same: case and the signs around words do not matter. The rule
 * is that of internal/voice.Key.
 * @param {string} text
 */
export function words(text) {
  return text
    .normalize('NFC')
    .toLowerCase()
    .split(/\s+/)
    .map((w) => w.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ''))
    .filter(Boolean);
}

/**
 * Finds the clips that say a text: the longest known phrases, numbers as numbers, a ticket's number
 * letter by letter, an hour as an hour.
 * @param {Index} index
 */
export function phrasebook(index) {
  /** @type {Record<string, Map<string, string>>} */
  const books = {};
  let longest = 1;
  for (const [id, clip] of Object.entries(index.clips)) {
    if (!clip.lang) continue;
    const said = words(clip.text);
    longest = Math.max(longest, said.length);
    const book = (books[clip.lang] ??= new Map());
    if (!book.has(said.join(' '))) book.set(said.join(' '), id);
  }

  /**
   * @param {string} text
   * @param {string} lang
   * @returns {string[] | null} null when the pack cannot say all of it
   */
  function say(text, lang) {
    const book = books[lang];
    if (!book) return null;
    const all = words(text.replace(/(\d)\s*[–-]\s*(\d)/g, lang === 'en' ? '$1 to $2' : '$1 đến $2').replace(/(\d)\/(\d)/g, '$1 $2'));
    /** @type {string[]} */
    const out = [];
    for (let from = 0; from < all.length; ) {
      let to = Math.min(all.length, from + longest);
      while (to > from && !book.has(all.slice(from, to).join(' '))) to--;
      if (to > from) {
        out.push(/** @type {string} */ (book.get(all.slice(from, to).join(' '))));
        from = to;
        continue;
      }
      const number = figures(all[from], lang);
      if (!number) return null;
      out.push(...number);
      from++;
    }
    return out.length ? out : null;
  }

  /**
   * @param {string} word
   * @param {string} lang
   * @returns {string[] | null}
   */
  function figures(word, lang) {
    const hour = /^(\d{1,2}):(\d{2})$/.exec(word);
    if (hour) {
      const minutes = Number(hour[2]) ? count(Number(hour[2]), lang) : [];
      const clock = books[lang]?.get(lang === 'en' ? "o'clock" : 'giờ');
      const between = clock && (lang === 'vi' || !minutes.length) ? [clock] : [];
      return [...count(Number(hour[1]), lang), ...between, ...minutes];
    }
    if (/^\d+$/.test(word)) return word.startsWith('0') ? spell(word, lang) : count(Number(word), lang);
    return /^[a-z]{1,2}\d+$/.test(word) ? spell(word, lang) : null;
  }

  /**
   * @param {number} n
   * @param {string} lang
   */
  function count(n, lang) {
    const said = index.numbers?.[lang]?.[n];
    return said ? said.split(' ').map((w) => `${lang}-${w}`) : spell(String(n), lang);
  }

  return { say, count, spell };
}

/**
 * The letters and digits of a number one by one.
 * @param {string} number
 * @param {string} lang
 */
export function spell(number, lang) {
  return [...number.toLowerCase()].filter((c) => /[a-z0-9]/.test(c)).map((c) => `${lang}-${c}`);
}
