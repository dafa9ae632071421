// @ts-check
// What a counter may do in which state, as data. The page draws it and the keyboard obeys it; the
// server has the last word.

/**
 * @typedef {object} Verb
 * @property {string} id also the locale key counter.do.<id>
 * @property {string} key the letter that does it; whatever is primary is also the space bar
 * @property {string} icon
 * @property {string} [path] of the API, below the counter
 * @property {any} [body]
 * @property {string} [ask] opens this dialog first
 */

/** @type {Record<string, Verb>} */
export const verbs = {
  open: { id: 'open', key: '', icon: 'play', path: 'open' },
  resume: { id: 'resume', key: 'p', icon: 'play', path: 'open' },
  next: { id: 'next', key: '', icon: 'megaphone', path: 'call-next' },
  start: { id: 'start', key: 's', icon: 'play', path: 'start' },
  finishNext: { id: 'finishNext', key: '', icon: 'check-check', path: 'call-next', body: { finish: true } },
  finishOnly: { id: 'finishOnly', key: 'f', icon: 'check', path: 'finish' },
  finish: { id: 'finish', key: 'f', icon: 'check', path: 'finish' },
  recall: { id: 'recall', key: 'r', icon: 'volume-2', path: 'recall' },
  noShow: { id: 'noShow', key: 'n', icon: 'user-x', path: 'no-show' },
  park: { id: 'park', key: 'h', icon: 'pause', path: 'park', ask: 'park' },
  transfer: { id: 'transfer', key: 'c', icon: 'arrow-left-right', path: 'transfer', ask: 'transfer' },
  putBack: { id: 'putBack', key: 'b', icon: 'undo-2', path: 'put-back' },
  number: { id: 'number', key: 'g', icon: 'search', path: 'call', ask: 'number' },
  pause: { id: 'pause', key: 'p', icon: 'circle-pause', path: 'pause' },
  close: { id: 'close', key: '', icon: 'log-out', path: 'close' },
};

/**
 * @typedef {{primary: Verb, idle?: boolean, side: Verb[], more: Verb[], head: Verb[]}} Choice
 * idle: the primary has nothing to do now.
 */

/**
 * @param {{state: string, pausing: boolean, ticket: null | {state: string}, waiting_total: number}} desk
 * @returns {Choice}
 */
export function choice(desk) {
  const v = verbs;
  if (desk.ticket?.state === 'called') {
    return { primary: v.start, side: [v.recall, v.noShow, v.park], more: [v.transfer, v.finish, v.putBack], head: desk.pausing ? [v.resume] : [v.pause] };
  }
  if (desk.ticket) {
    // Pausing takes effect after the visit in hand, so nobody is called then.
    const last = desk.pausing || desk.state !== 'open' || desk.waiting_total === 0;
    return {
      primary: last ? v.finishOnly : v.finishNext,
      side: last ? [v.park, v.transfer] : [v.finish, v.park, v.transfer],
      more: [v.putBack],
      head: desk.pausing ? [v.resume] : [v.pause],
    };
  }
  if (desk.state === 'open') {
    return { primary: v.next, idle: desk.waiting_total === 0, side: [v.number], more: [], head: [v.pause, v.close] };
  }
  if (desk.state === 'paused') return { primary: v.resume, side: [], more: [], head: [v.close] };
  return { primary: v.open, side: [], more: [], head: [] };
}

/** The verb a key does in this state, undefined for none.
 * @param {Choice} c @param {string} key */
export function verbOf(c, key) {
  if (key === ' ') return c.primary;
  return [c.primary, ...c.side, ...c.more, ...c.head].find((v) => v.key === key);
}
