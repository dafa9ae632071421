// @ts-check
// The line at the foot of a board. It never runs: one message stands for as long as it takes to
// read it twice, then the next takes its place.
import { html, useSignal, useEffect } from '../core/dom.js';
import { lang, text } from '../core/i18n.js';
import { now } from '../core/time.js';
import { icon } from '../core/icons.js';
import { within } from './settings.js';
import { second } from './words.js';

/** Letters that a person reads in a second, standing far from the wall. */
const LETTERS_A_SECOND = 9;
const LEAST_MS = 7_000;

/**
 * How long a message stands.
 * @param {import('./settings.js').Message} m
 */
export function standing(m) {
  return Math.max(LEAST_MS, (1000 * 2 * text(m.text).length) / LETTERS_A_SECOND);
}

/**
 * Messages in turn with what the foot says otherwise.
 * @param {{messages: import('./settings.js').Message[], zone: string, still: boolean, rest: any}} props
 */
export function Ticker({ messages, zone, still, rest }) {
  const due = messages.filter((m) => within(m, now.value, zone));
  const turn = useSignal(still && due.length ? 1 : 0);
  const at = turn.value % (due.length + 1);
  const message = at === 0 ? null : due[at - 1];
  useEffect(() => {
    if (still || due.length === 0) return;
    const next = setTimeout(() => (turn.value = turn.peek() + 1), message ? standing(message) : LEAST_MS);
    return () => clearTimeout(next);
  }, [turn.value, due.length, still]);
  if (!message) return rest;
  const other = message.text.en && text(message.text, second());
  return html`
    <footer class="board__foot board__foot--message" key=${at}>
      ${icon('megaphone')}
      <p class="grow" data-long=${String(text(message.text).length > 90)}>
        <b>${text(message.text)}</b>${other && other !== text(message.text, lang.value) && html`<span class="second" lang=${second()}>${other}</span>`}
      </p>
    </footer>
  `;
}
