// @ts-check
// How every live page begins: words, then a source (a socket, or a fixture in the gallery), then
// the page's own mount. The shell says on <body> which page this is and for whom.
import { loadLocale, preload } from './i18n.js';
import { watch, still } from './socket.js';
import { freeze } from './time.js';

/**
 * @typedef {object} Env
 * @property {import('./socket.js').Source} source
 * @property {string} lang
 * @property {string} center
 * @property {number} counter
 * @property {boolean} demo
 * @property {string} device browser, kiosk or display
 * @property {boolean} frozen in the gallery: no requests, time stands still
 * @property {any} ui the fixture's state of the page itself
 */

/**
 * @param {{view: string, areas: string[], bilingual?: boolean, hall?: boolean, params?: (body: DOMStringMap) => Record<string, any>,
 *   mount: (root: HTMLElement, env: Env) => void}} page
 */
export async function boot({ view, areas, bilingual, hall, params, mount }) {
  const body = document.body.dataset;
  const root = /** @type {HTMLElement} */ (document.getElementById('app'));
  // A screen of the hall speaks Vietnamese until someone asks for English; what the machine's
  // browser is set to says nothing about who stands before it.
  const wanted = hall ? new URLSearchParams(location.search).get('lang') : body.lang;
  const lang = wanted === 'en' ? 'en' : 'vi';
  let words = loadLocale(lang, ['common', 'errors', ...areas]);
  if (bilingual) words = words.then(() => preload('en')).then(() => {});
  let source;
  /** @type {any} */
  let ui = {};
  if (body.fixture) {
    const url = new URL(`../../fixtures/${body.page}/${body.fixture}.json`, import.meta.url);
    const fixture = await (await fetch(url)).json();
    if (fixture.now) freeze(fixture.now);
    source = still(fixture);
    ui = fixture.ui ?? {};
  } else {
    // A device that belongs to no centre yet has nothing to watch.
    const nothing = !body.center && (body.device === 'kiosk' || body.device === 'display');
    source = nothing ? still({ doc: null }) : watch({ view, center: body.center, ...(params ? params(body) : {}) });
  }
  await words;
  root.replaceChildren();
  mount(root, {
    source,
    lang,
    center: body.center ?? '',
    counter: Number(body.counter) || 0,
    demo: body.demo === 'true',
    device: body.device ?? 'browser',
    frozen: !!body.fixture,
    ui,
  });
}
