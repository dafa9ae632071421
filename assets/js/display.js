// @ts-check
// The lobby's board. What is called when is decided in display/calls.js; this file puts the parts
// on the screen.
import { html, mountInto, effect, untracked } from './core/dom.js';
import { t } from './core/i18n.js';
import { boot } from './core/page.js';
import { announcer } from './display/calls.js';
import { Card, Spoken } from './display/card.js';
import { Tiles } from './display/tiles.js';
import { Head, Last, Lines, Foot } from './display/strips.js';

/** @typedef {import('./core/page.js').Env} Env */

/**
 * @param {HTMLElement} root
 * @param {Env} env
 */
export function mount(root, env) {
  const calls = announcer(env.frozen ? 'gallery' : env.center);
  // What has been shown, in order: for tests and for the program around the page.
  /** @type {any} */ (window).moiso = { seen: calls.seen, announced: calls.announced };
  effect(() => {
    const doc = env.source.data.value;
    if (!doc) return;
    untracked(() => {
      if (env.frozen) still(calls, doc);
      else calls.take(doc);
    });
  });
  mountInto(html`<${Board} env=${env} calls=${calls} />`, root);
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

/** @param {{env: Env, calls: ReturnType<typeof announcer>}} props */
function Board({ env, calls }) {
  const doc = env.source.data.value;
  const shown = calls.shown.value;
  const stale = env.source.stale.value;
  if (!doc) {
    return html`<div class="board" data-state="connecting"><${Head} doc=${null} source=${env.source} /><${Card} shown=${null} state="connecting" stale=${stale} /></div>`;
  }
  return html`
    <div class="board" data-state=${state(doc, shown)}>
      <h1 class="sr-only">${t('display.title')}</h1>
      <${Head} doc=${doc} source=${env.source} />
      <${Card} shown=${shown} state=${state(doc, shown)} stale=${stale} />
      <${Spoken} shown=${stale ? null : shown} />
      <${Last} doc=${doc} shown=${shown} />
      <${Tiles} doc=${doc} shown=${shown} stale=${stale} still=${env.frozen} />
      <${Lines} doc=${doc} />
      <${Foot} doc=${doc} />
    </div>
  `;
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
