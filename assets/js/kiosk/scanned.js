// @ts-check
// What a scan leads to. A card's text goes into the parser and nowhere else: only the name of a
// priority group comes out.
import { batch } from '../core/dom.js';
import { now } from '../core/time.js';
import { ageOn, groupFor } from './card.js';
import { listen, understand } from './scan.js';
import { erase, type } from './search.js';

/**
 * @param {import('../core/page.js').Env} env
 * @param {import('./machine.js').Machine} m
 */
export function startScanning(env, m) {
  listen(window, {
    frame: m.settings,
    scanned: (code) => take(code, env, m),
    wrote(char) {
      if (m.screen.peek().name !== 'search') return;
      m.query.value = char === '\b' ? erase(m.query.peek()) : type(m.query.peek(), char);
      m.refill();
    },
  });
}

/**
 * @param {string} code
 * @param {import('../core/page.js').Env} env
 * @param {import('./machine.js').Machine} m
 */
function take(code, env, m) {
  const doc = env.source.data.peek();
  if (!doc || !m.free()) return;
  const what = understand(code);
  switch (what.kind) {
    case 'ticket':
      return void m.lookUp(what.id);
    case 'dossier':
      return void m.dossier(what.reference);
    case 'card':
      return suggest(groupFor(doc.priorities, ageOn(code, today(doc.time_zone))), m);
    default:
      return m.go({ name: 'missing', why: 'code' });
  }
}

/**
 * @param {string} group
 * @param {import('./machine.js').Machine} m
 */
function suggest(group, m) {
  batch(() => {
    if (!['start', 'priority'].includes(m.screen.peek().name)) m.go({ name: 'start' });
    m.suggested.value = group;
    m.refill();
  });
}

/** The hall's date as yyyy-mm-dd.
 * @param {string} zone */
function today(zone) {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(now.peek()));
}
