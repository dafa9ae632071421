// @ts-check
// A search box over a list that the server has written: it hides what does not match. Words may be
// typed with or without marks.
import { plain } from './words.js';

/**
 * @param {HTMLInputElement} input
 * @param {() => Iterable<HTMLElement>} items each with data-plain
 * @param {(shown: number) => void} [after]
 */
export function filter(input, items, after) {
  function run() {
    const words = plain(input.value).split(/[\s-]+/).filter(Boolean);
    let shown = 0;
    for (const el of items()) {
      const has = plain(el.dataset.plain ?? '').replace(/-/g, ' ');
      el.hidden = !words.every((w) => has.includes(w));
      if (!el.hidden) shown++;
    }
    after?.(shown);
  }
  input.addEventListener('input', run);
  const box = input.closest('[hidden]');
  if (box) box.removeAttribute('hidden');
  if (input.value) run(); // the browser may have kept what was typed
}
