// @ts-check
// The lobby's board. What is called when is decided in display/calls.js; this file puts the parts
// on the screen.
import { html, mountInto, signal, computed, effect, untracked } from './core/dom.js';
import { post } from './core/api.js';
import { t } from './core/i18n.js';
import { boot } from './core/page.js';
import { announcer } from './display/calls.js';
import { care } from './display/care.js';
import { Card } from './display/card.js';
import { Board } from './display/layouts.js';
import { settingsOf } from './display/settings.js';
import { soundOf, SoundNote } from './display/sound.js';
import { Head } from './display/strips.js';
import { Pairing } from './display/pairing.js';
import { machine, tellHealth } from './core/machine.js';

/** @typedef {import('./core/page.js').Env} Env */

/** What the server is told of a sound: hours of quiet are no fault. */
const HEARD = /** @type {Record<string, string>} */ ({ on: 'on', blocked: 'blocked', off: 'off', quiet: 'off', none: 'off' });

/**
 * @param {HTMLElement} root
 * @param {Env} env
 */
export function mount(root, env) {
  const local = machine(env, 'display');
  if (env.device === 'display' && !env.center) {
    mountInto(html`<${Unpaired} local=${local} />`, root);
    return;
  }
  const framed = window.parent !== window;
  // A preview remembers apart what it has shown, or it would silence the screen itself.
  const device = env.device === 'display' && !env.frozen;
  const calls = announcer(env.center, {
    key: env.frozen ? 'gallery' : framed ? `${env.center}.preview` : env.center,
    ...(device && {
      held: () => local.data.peek()?.announced ?? null,
      keep: (mark) => void post('/local/announced', mark, { tries: 2 }).catch(() => {}),
    }),
  });
  // What has been shown, in order: for tests and for the program around the page.
  /** @type {any} */ (window).moiso = { seen: calls.seen, announced: calls.announced };
  effect(() => {
    const doc = env.source.data.value;
    const stale = env.source.stale.value;
    // The program knows what was announced before the power went.
    if (!doc || (device && !local.data.value)) return;
    untracked(() => {
      if (env.frozen) still(calls, doc);
      else if (stale) calls.stand(doc);
      else calls.take(doc);
    });
  });
  const settings = ownSettings(env, local);
  effect(() => {
    document.documentElement.dataset.layout = settings.value.layout;
  });
  const resting = care(env.source.data, () => settings.value, env.frozen);
  const sound = soundOf(env, calls, () => settings.value);
  Object.assign(/** @type {any} */ (window).moiso, { sound });
  tellHealth(env, () => ({
    sound: HEARD[sound.state.value] ?? 'unknown',
    speaker: sound.talk?.speaker.value ?? false,
    ...(resting.value === 'off' && { screen: 'off' }),
  }));
  mountInto(html`<${Screen} env=${env} calls=${calls} settings=${settings} local=${local} resting=${resting} /><${SoundNote} sound=${sound} />`, root);
}

/**
 * The settings of this screen, as they change.
 * @param {Env} env
 * @param {import('./core/socket.js').Source} local the program around the page, which knows under
 *   which name the screen is registered
 */
function ownSettings(env, local) {
  const asked = new URLSearchParams(env.frozen ? (env.ui.asked ?? '') : location.search);
  const upright = signal(innerHeight > innerWidth);
  addEventListener('resize', () => (upright.value = innerHeight > innerWidth));
  const draft = signal(/** @type {any} */ (null));
  if (window.parent !== window && !env.frozen) preview(draft);
  return computed(() => settingsOf(env.source.data.value, asked.get('device') ?? local.data.value?.device ?? '', asked, upright.value, draft.value));
}

/**
 * In the page where screens are set, the frame around tells what is being changed.
 * @param {import('./core/dom.js').Signal<any>} draft
 */
function preview(draft) {
  addEventListener('message', (e) => {
    if (e.origin === location.origin && e.source === window.parent && e.data?.moiso === 'settings') draft.value = e.data.settings;
  });
  window.parent.postMessage({ moiso: 'ready' }, location.origin);
}

/**
 * A screen without a hall has no calls and no voice: it waits for its centre, and is loaded anew.
 * @param {{local: import('./core/socket.js').Source}} props
 */
function Unpaired({ local }) {
  return html`<${Pairing} pairing=${local.data.value?.pairing ?? { state: 'unreachable' }} />`;
}

/**
 * In the gallery the newest call stands as if it had just come.
 * @param {ReturnType<typeof announcer>} calls
 * @param {any} doc
 */
function still(calls, doc) {
  const call = doc.calls.at(-1);
  calls.shown.value = call ? { call, fresh: true } : null;
}

/** @param {{env: Env, calls: ReturnType<typeof announcer>, settings: {value: import('./display/settings.js').Settings}, local: import('./core/socket.js').Source, resting: {value: string}}} props */
function Screen({ env, calls, settings, local, resting }) {
  const pairing = local.data.value?.pairing;
  if (pairing) return html`<${Pairing} pairing=${pairing} />`;
  // Off is off: no film goes on behind the dark.
  if (resting.value === 'off') return html`<h1 class="sr-only">${t('display.title')}</h1>`;
  const doc = env.source.data.value;
  const shown = calls.shown.value;
  const stale = env.source.stale.value;
  if (!doc) {
    return html`<div class="board" data-state="connecting"><${Head} doc=${null} source=${env.source} /><${Card} shown=${null} state="connecting" stale=${stale} /></div>`;
  }
  return html`<${Board}
    doc=${doc}
    source=${env.source}
    set=${settings.value}
    shown=${shown}
    state=${state(doc, shown)}
    stale=${stale}
    busy=${env.frozen ? !!env.ui.busy : calls.busy.value}
    still=${env.frozen}
  />`;
}

/**
 * @param {any} doc
 * @param {import('./display/calls.js').Shown | null} shown
 * @returns {'call' | 'empty' | 'closed'}
 */
function state(doc, shown) {
  if (doc.counters.every((/** @type {any} */ c) => c.state === 'closed' && !c.ticket_number)) return 'closed';
  return shown ? 'call' : 'empty';
}

void boot({ view: 'board', areas: ['display'], bilingual: true, hall: true, mount });
