// @ts-check
// Pictures and films between the calls. A call has the hall to itself: the picture goes dim, a film
// goes quiet, until the moment of the call is over and the loudspeaker is silent.
import { html, signal, useSignal, useEffect, useRef, useLayoutEffect } from '../core/dom.js';
import { post } from '../core/api.js';
import { now } from '../core/time.js';
import { within } from './settings.js';

/** Set while the loudspeaker speaks; films hold back meanwhile. */
export const speaking = signal(false);

const SECONDS = 10;
/** No film may keep the others from their turn for longer than this. */
const LONGEST_S = 15 * 60;
const QUIET = 0.06;
/** When a file that could not be shown is tried again. */
const AGAIN_MS = 20_000;

/**
 * What is to be shown now, in order, of those files that exist.
 * @param {import('./settings.js').Settings} set
 * @param {string} zone
 */
export function due(set, zone) {
  const types = new Map(set.media.map((m) => [m.hash, m.type]));
  return set.playlist.filter((i) => types.has(i.media) && within(i, now.value, zone)).map((i) => ({ ...i, type: types.get(i.media) ?? '' }));
}

/**
 * @param {{set: import('./settings.js').Settings, doc: any, busy: boolean, volume: number, still: boolean, otherwise: any}} props
 */
export function Media({ set, doc, busy, volume, still, otherwise }) {
  const items = due(set, doc.time_zone);
  const turn = useSignal(0);
  /** Files that could not be shown are passed over for a while. */
  const bad = useSignal(/** @type {Set<string>} */ (new Set()));
  const good = items.filter((i) => !bad.value.has(i.media));
  const hush = busy || speaking.value;
  const item = good.length ? good[turn.value % good.length] : null;
  const next = () => (turn.value = turn.peek() + 1);
  const key = items.map((i) => i.media).join();
  useEffect(() => {
    bad.value = new Set();
  }, [key]);
  // A screen's program may still be fetching the file.
  useEffect(() => {
    if (bad.value.size === 0) return;
    const again = setTimeout(() => (bad.value = new Set()), AGAIN_MS);
    return () => clearTimeout(again);
  }, [bad.value]);
  // A film tells itself when it is over; this is for pictures, and for a film that never ends.
  useEffect(() => {
    if (still || !item) return;
    const film = item.type.startsWith('video/');
    if (!film && good.length === 1) return;
    const timer = setTimeout(next, 1000 * (item.seconds || (film ? LONGEST_S : SECONDS)));
    return () => clearTimeout(timer);
  }, [turn.value, item?.media, good.length, still]);
  if (!item) return otherwise;
  const broken = () => {
    bad.value = new Set([...bad.peek(), item.media]);
    if (!still) tell(item.media);
  };
  const src = still ? new URL('../../fixtures/display/picture.svg', import.meta.url).href : `/media/${doc.center}/${item.media}`;
  return html`
    <section class="media" data-hush=${String(hush)} data-media=${item.media} aria-hidden="true">
      ${item.type.startsWith('video/')
        ? html`<${Film} key=${item.media + turn.value} src=${src} hush=${hush} volume=${volume} alone=${good.length === 1} ended=${next} broken=${broken} />`
        : html`<img key=${item.media} class="media__picture" src=${src} alt="" onError=${broken} />`}
    </section>
  `;
}

/**
 * The program around the page says in its log that a file cannot be shown, unless it is still
 * fetching it.
 * @param {string} media
 */
function tell(media) {
  if (document.body.dataset.device !== 'display') return console.warn(`the file ${media} cannot be shown`);
  void post('/local/unshown', { media }, { tries: 1 }).catch(() => {});
}

/**
 * @param {{src: string, hush: boolean, volume: number, alone: boolean, ended: () => void, broken: () => void}} props
 */
function Film({ src, hush, volume, alone, ended, broken }) {
  const at = useRef(/** @type {HTMLVideoElement | null} */ (null));
  useLayoutEffect(() => {
    const film = at.current;
    if (film) film.volume = volume * (hush ? QUIET : 1);
  }, [hush, volume]);
  useEffect(() => {
    const film = at.current;
    // A browser that forbids sound plays the film without it.
    film?.play().catch(() => {
      film.muted = true;
      film.play().catch(() => {});
    });
    return () => {
      // A film out of sight keeps its buffers until it is told to let go.
      film?.pause();
      film?.removeAttribute('src');
      film?.load();
    };
  }, []);
  return html`<video ref=${at} class="media__picture" src=${src} playsinline loop=${alone} onEnded=${ended} onError=${broken}></video>`;
}
