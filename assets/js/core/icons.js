// @ts-check
// Icons come from one sprite file. They never stand alone: words stand beside them, so they are
// hidden from assistive technology.
import { html } from './dom.js';
import { names } from '../../icons/names.js';

const sprite = new URL('../../icons/sprite.svg', import.meta.url).pathname;

/**
 * @param {string} name as on the lucide site; an unknown one is drawn as a sheet of paper, so that a
 *   centre's own field never stands there without a mark
 * @param {string} [className]
 */
export function icon(name, className = '') {
  const known = names.has(name) ? name : 'file-text';
  return html`<svg class=${`icon ${className}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <use href=${`${sprite}#${known}`}></use>
  </svg>`;
}
