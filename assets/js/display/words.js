// @ts-check
// A board speaks two languages at once: the hall's first, the other smaller beside it.
import { html } from '../core/dom.js';
import { lang, say } from '../core/i18n.js';

/** The other language. */
export function second() {
  return lang.value === 'en' ? 'vi' : 'en';
}

/**
 * "Mời số · Now calling"
 * @param {string} key
 * @param {Record<string, any>} [params]
 */
export function both(key, params) {
  return html`<b>${say(lang.value, key, params)}</b><span class="second" lang=${second()}>${say(second(), key, params)}</span>`;
}
