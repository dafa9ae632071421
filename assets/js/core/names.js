// @ts-check
// A centre's name in two parts, as the head of a screen shows it: what it is, and where.
import { text, lang } from './i18n.js';

/**
 * "Trung tâm Phục vụ hành chính công phường Thuận Hóa" with the short name "phường Thuận Hóa"
 * becomes ["Trung tâm Phục vụ hành chính công", "phường Thuận Hóa"]. A name that does not hold
 * its short name stays whole, with nothing beside it.
 * @param {{name: import('./i18n.js').Text, short: import('./i18n.js').Text}} doc
 * @param {string} [language]
 * @returns {[string, string]}
 */
export function nameParts(doc, language = lang.value) {
  const whole = text(doc.name, language);
  const short = text(doc.short, language);
  if (short && whole !== short) {
    if (whole.endsWith(short)) return [whole.slice(0, -short.length).trim(), short];
    if (whole.startsWith(short)) return [whole.slice(short.length).trim(), short];
  }
  return [whole, ''];
}
