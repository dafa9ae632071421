// @ts-check
// The gallery's list can be searched; groups with nothing left are hidden.
import { filter } from './desk/find.js';

const items = () => /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-plain]'));
filter(/** @type {HTMLInputElement} */ (document.getElementById('find')), items, () => {
  for (const group of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('.s-gallery section'))) {
    group.hidden = !group.querySelector('[data-plain]:not([hidden])');
  }
});
