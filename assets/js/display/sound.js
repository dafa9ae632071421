// @ts-check
// The sound of a screen: the centre's settings, the lease of the hall's speaker, the sign that says
// when nothing can be heard, and what the program around the page is told.
import { html, computed, effect, untracked } from '../core/dom.js';
import { get, post, newKey, ApiError } from '../core/api.js';
import { t, say } from '../core/i18n.js';
import { icon } from '../core/icons.js';
import { now } from '../core/time.js';
import { createVoice } from '../core/voice.js';
import { second } from './words.js';
import { speech } from './speech.js';
import { speaking } from './media.js';
import { within } from './settings.js';

/** @typedef {'on' | 'blocked' | 'off' | 'quiet' | 'starting' | 'none'} Sound none: this screen is not one that speaks */

const HEALTH_MS = 15_000;
/** For how long an answer of the server is awaited before it is asked again. */
const ANSWER_MS = 2_000;
const STRANGER_S = 10;
/** Faces that stand beside a counter or at the door: the hall hears its calls from the others. */
const SILENT = ['counter', 'summary'];

/**
 * @param {import('../core/page.js').Env} env
 * @param {ReturnType<typeof import('./calls.js').announcer>} calls
 * @param {() => import('./settings.js').Settings} settings
 */
export function soundOf(env, calls, settings) {
  // A page in a frame is a preview; it must not speak, nor take the lease from the hall. A screen
  // that belongs to no centre has nothing to say.
  if (env.frozen || window.top !== window || !env.center) {
    const state = computed(() => /** @type {Sound} */ (env.ui.sound ?? 'none'));
    return { state, enable: () => {} };
  }
  const device = env.device === 'display';
  const voice = createVoice({ own: device ? '/local/voice/index.json' : '' });
  // A page that is loaded anew does not know what it has said: it is another screen.
  const screen = `s_${newKey()}`;
  // A browser that nobody let in has no place in the hall: it speaks for itself.
  const stranger = !device && !env.demo && !document.body.dataset.account;
  const zone = () => env.source.data.peek()?.time_zone ?? '';
  const quiet = computed(() => (settings().voice.quiet ?? []).some((/** @type {{from?: string, to?: string}} */ span) => within(span, now.value, zone())));
  const silent = computed(() => SILENT.includes(settings().layout));
  const talk = speech({
    voice,
    style: () => {
      const v = settings().voice;
      return { languages: v.languages ?? ['vi', 'en'], repeats: v.repeats ?? 2, chimeOnly: !!v.chime_only, off: !!v.off || quiet.peek() || silent.peek(), volume: v.volume ?? 80 };
    },
    words: announcement,
    lease: async (wish) => {
      if (stranger) return { speaker: true, lease_s: STRANGER_S, claim: 'yours' };
      if (!env.center) return null; // not paired yet: there is no hall
      const path = `/api/v1/centers/${env.center}/speaker`;
      const body = { screen, ...wish };
      try {
        // It may be sent by a page that is going.
        if (wish.release) return await send(path, body);
        return await post(path, body, { tries: 1, limit: ANSWER_MS });
      } catch (err) {
        if (err instanceof ApiError && err.status >= 400 && err.status < 500 && err.status !== 429) throw err;
        return null;
      }
    },
  });

  const state = computed(() => {
    if (silent.value) return /** @type {Sound} */ ('none');
    if (settings().voice.off) return /** @type {Sound} */ ('off');
    if (quiet.value) return /** @type {Sound} */ ('quiet');
    return /** @type {Sound} */ (voice.state.value);
  });

  effect(() => {
    const doc = env.source.data.value;
    if (!doc) return;
    untracked(() => talk.take(doc));
  });
  // Shown before the page was loaded, and perhaps not spoken by anyone.
  effect(() => {
    const passed = calls.passed.value;
    untracked(() => talk.recover(passed));
  });
  effect(() => {
    const at = calls.shown.value;
    if (at?.fresh) untracked(() => talk.hear(at.call));
  });
  if (device) {
    effect(() => report(state.value, talk.speaker.value));
    setInterval(() => report(state.peek(), talk.speaker.peek()), HEALTH_MS);
  }
  // Films hold back while the loudspeaker speaks.
  voice.onspeaking((on) => (speaking.value = on));
  voice.start();
  talk.start();
  return { state, enable: () => void voice.enable(), voice, talk };
}

/**
 * Tells the program around the page, whose health report goes to the server.
 * @param {Sound} sound
 * @param {boolean} speaker
 */
function report(sound, speaker) {
  /** @type {Record<string, string>} */
  const words = { on: 'on', blocked: 'blocked', starting: 'unknown' };
  const body = JSON.stringify({ sound: words[sound] ?? 'off', speaker });
  // A program that is restarting hears it the next time.
  fetch('/local/health', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }).catch(() => {});
}

/**
 * The clips of a call; the chime alone when nobody can tell which they are.
 * @param {import('./calls.js').Call} call
 * @param {import('./speech.js').Style} style
 * @param {number} waiting
 */
async function announcement(call, style, waiting) {
  const asked = new URLSearchParams({ number: call.number, counter: String(call.counter), languages: style.languages.join(), repeats: String(style.repeats), waiting: String(waiting) });
  if (call.again) asked.set('again', 'true');
  if (call.language) asked.set('language', call.language);
  if (style.chimeOnly) asked.set('chime_only', 'true');
  const path = `/api/v1/voice/announcement?${asked}`;
  const answer = await get(path).catch(() => get(path)).catch(() => ({ parts: [{ clips: ['chime'] }] }));
  return answer.parts;
}

/**
 * A request that outlives its page.
 * @param {string} path
 * @param {any} body
 */
async function send(path, body) {
  const answer = await fetch(path, { method: 'POST', keepalive: true, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  return answer.ok ? answer.json() : null;
}

/**
 * Says when the hall hears nothing, and how to mend it.
 * @param {{sound: {state: {value: Sound}, enable: () => void}}} props
 */
export function SoundNote({ sound }) {
  const state = sound.state.value;
  if (state === 'on' || state === 'starting' || state === 'none') return null;
  const key = `display.sound.${state}`;
  const words = html`<span><b>${t(key)}</b><span class="second" lang=${second()}>${say(second(), key)}</span></span>`;
  if (state === 'blocked') {
    return html`<button type="button" class="sound sound--blocked" data-sound="blocked" onClick=${sound.enable}>${icon('volume-x')}${words}</button>`;
  }
  return html`<p class="sound" role="status" data-sound=${state}>${icon(state === 'quiet' ? 'bell-off' : 'volume-x')}${words}</p>`;
}
