// @ts-check
import { html } from '../core/dom.js';

/**
 * Each sentence on its own line, so that large type breaks where the sense does.
 * @param {string} words
 */
export function sentences(words) {
  return words.split(/(?<=\.) /).map((s) => html`<span class="sentence">${s} </span>`);
}
