// @ts-check
// Reading the screen aloud. A new screen interrupts the last one's words; they can be repeated, and
// made louder. What is said also stands in the caption, so that a text without a clip is not lost.
import { html, signal, effect, untracked } from '../core/dom.js';
import { t, lang } from '../core/i18n.js';
import { icon } from '../core/icons.js';
import { createVoice } from '../core/voice.js';
import { script } from './script.js';

const STEP = 20;
/** How long a text without a clip stands, for each letter and at least. */
const LETTER_MS = 70;
const LEAST_MS = 1_500;

/**
 * @param {import('../core/page.js').Env} env
 * @param {import('./machine.js').Machine} m
 * @param {import('./local.js').Local} local
 */
export function reader(env, m, local) {
  const caption = signal('');
  const volume = signal(80);
  /** Whether it can be heard; not known before someone first wants it. */
  const sound = signal('unknown');
  let turn = 0;
  /** @type {import('../core/voice.js').Voice | null} */
  let voice = null;

  /** The loudspeaker, made when someone first wants it: the pack is large. */
  function speaker() {
    if (!voice) {
      voice = createVoice({ texts: true });
      voice.state.subscribe((state) => (sound.value = state === 'starting' ? 'unknown' : state));
      voice.start();
      void voice.enable();
    }
    voice.setVolume(volume.peek());
    return voice;
  }

  /** @param {string[]} sentences */
  async function read(sentences) {
    const mine = ++turn;
    if (env.frozen) {
      caption.value = sentences[0] ?? '';
      return;
    }
    const pack = speaker();
    pack.stop();
    for (const words of sentences) {
      if (mine !== turn) return;
      caption.value = words;
      const end = await pack.read(words, lang.peek());
      if (end === 'failed' && mine === turn) await silence(words);
    }
  }

  /** What cannot be said stands there for as long as reading it takes.
   * @param {string} words */
  function silence(words) {
    return new Promise((done) => setTimeout(done, Math.max(LEAST_MS, words.length * LETTER_MS)));
  }

  function stop() {
    turn++;
    caption.value = '';
    voice?.stop();
  }

  function now() {
    return untracked(() => script(m, local, env.source.data.value));
  }

  // A new screen, another language, or the paper's turn: read it. That someone else took a number
  // meanwhile is no reason to begin again.
  effect(() => {
    const on = m.voice.value;
    const at = m.screen.value;
    void [lang.value, at.name === 'done' && m.paperNow()];
    if (!on) return stop();
    void read(now());
  });
  effect(() => {
    volume.value = m.settings().volume;
  });

  return {
    caption, volume, sound,
    repeat() {
      m.refill();
      void read(now());
    },
    /** @param {number} by */
    louder(by) {
      volume.value = Math.max(0, Math.min(100, volume.value + by * STEP));
      voice?.setVolume(volume.value);
    },
  };
}

/** @typedef {ReturnType<typeof reader>} Reader */

/**
 * What is being said, and how to hear it again.
 * @param {{aloud: Reader, m: import('./machine.js').Machine}} props
 */
export function Caption({ aloud, m }) {
  if (!m.voice.value) return null;
  const v = aloud.volume.value;
  return html`
    <div class="caption" role="group" aria-label=${t('kiosk.tool.voice')}>
      <p class="caption__text">${aloud.caption.value}</p>
      <div class="caption__keys">
        <button type="button" class="btn" data-act="say-again" onClick=${aloud.repeat}>${icon('rotate-ccw')} ${t('kiosk.say_again')}</button>
        <button type="button" class="btn" data-act="softer" disabled=${v <= 0} aria-label=${t('kiosk.softer')} onClick=${() => aloud.louder(-1)}>${icon('minus')}</button>
        <span class="num caption__volume">${icon('volume-2')} ${v}%</span>
        <button type="button" class="btn" data-act="louder" disabled=${v >= 100} aria-label=${t('kiosk.louder')} onClick=${() => aloud.louder(1)}>${icon('plus')}</button>
        <button type="button" class="btn" data-act="silent" onClick=${() => (m.voice.value = false)}>${icon('volume-x')} ${t('kiosk.silent')}</button>
      </div>
    </div>
  `;
}
