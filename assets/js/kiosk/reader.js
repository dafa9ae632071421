// @ts-check
// Reading the screen aloud. A new screen interrupts the last one's words; they can be repeated, and
// made louder. What is said also stands in the caption, so that a text without a clip is not lost.
import { html, signal, computed, effect, untracked } from '../core/dom.js';
import { t, lang } from '../core/i18n.js';
import { icon } from '../core/icons.js';
import { createVoice } from '../core/voice.js';
import { troubleOf } from './away.js';
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
  /** What stands in the caption has no clip: it is there to be read. */
  const unsaid = signal(false);
  /** As the centre set it, and as this person wants it. */
  const usual = computed(() => m.settings().volume);
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
      voice.setVolume(volume.peek());
      voice.start();
      void voice.enable();
    }
    return voice;
  }

  /** @param {string[]} sentences */
  async function read(sentences) {
    const mine = ++turn;
    if (env.frozen) {
      unsaid.value = !!env.ui.unsaid;
      caption.value = env.ui.unsaid ?? sentences[0] ?? '';
      return;
    }
    const pack = speaker();
    pack.stop();
    for (const words of sentences) {
      if (mine !== turn) return;
      caption.value = words;
      unsaid.value = false;
      const end = await pack.read(words, lang.peek());
      if (end !== 'failed' || mine !== turn) continue;
      unsaid.value = true;
      await silence(words);
    }
  }

  /** What cannot be said stands there for as long as reading it takes.
   * @param {string} words */
  function silence(words) {
    return new Promise((done) => setTimeout(done, Math.max(LEAST_MS, words.length * LETTER_MS)));
  }

  /** Says no more. What was being said stays in the caption. */
  function hush() {
    turn++;
    voice?.stop();
  }

  function stop() {
    hush();
    caption.value = '';
    unsaid.value = false;
    volume.value = usual.peek(); // for the next person
  }

  function now() {
    return untracked(() => script(env, m, local));
  }

  const trouble = computed(() => troubleOf(env, local)?.title);
  // A new screen, another language, a question, or the paper's turn: read it. That someone else took
  // a number meanwhile is no reason to begin again.
  effect(() => {
    const on = m.voice.value;
    const at = m.screen.value;
    void [lang.value, trouble.value, m.suggested.value, m.cancelling.value, at.name === 'done' && m.paperNow()];
    if (!on) return stop();
    void read(now());
  });
  effect(() => {
    volume.value = usual.value;
  });
  // At once, also in the middle of a word.
  volume.subscribe((v) => voice?.setVolume(v));

  return {
    caption, unsaid, volume, sound,
    /**
     * Whoever touches the screen goes on and wants to hear no more of it, but for the keys of the
     * speech itself.
     * @param {Event} ev
     */
    touched(ev) {
      if (m.voice.peek() && !/** @type {Element} */ (ev.target).closest?.('.caption')) hush();
    },
    repeat() {
      m.refill();
      void read(now());
    },
    /** @param {number} by */
    louder(by) {
      volume.value = Math.max(0, Math.min(100, volume.value + by * STEP));
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
      <p class="caption__text" data-unsaid=${aloud.unsaid.value ? 'true' : undefined}>${aloud.caption.value}</p>
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
