// @ts-check
// Words, numbers and hours in the chosen language. Catalogues are flat: "kiosk.choose": "…".
// A key that a catalogue lacks is looked up in Vietnamese, then shown as it is, which is ugly on
// purpose.
import { signal } from './dom.js';

/** @typedef {'vi' | 'en'} Lang */
/** @typedef {{vi: string, en?: string}} Text */

/** @type {Record<string, Record<string, string>>} */
const words = { vi: {}, en: {} };
/** @type {Set<string>} areas asked for so far */
const areasKnown = new Set();
/** @type {Map<string, Promise<void>>} */
const loading = new Map();

/** The language of the page. Components that call t() follow it. */
export const lang = signal(/** @type {Lang} */ ('vi'));

/**
 * @param {string} language
 * @param {string} area
 * @returns {Promise<void>}
 */
function load(language, area) {
  const id = `${language}/${area}`;
  let p = loading.get(id);
  if (!p) {
    p = fetch(new URL(`../../locales/${id}.json`, import.meta.url))
      .then((r) => (r.ok ? r.json() : Promise.reject(new Error(`${id}: ${r.status}`))))
      .then((more) => void Object.assign(words[language], more))
      .catch((err) => {
        loading.delete(id); // so that a later change of language tries again
        throw err;
      });
    loading.set(id, p);
  }
  return p;
}

/**
 * Loads the catalogues of some areas and makes `language` the language of the page. Vietnamese
 * comes along as the fallback.
 * @param {string} language
 * @param {string[]} areas
 */
export async function loadLocale(language, areas) {
  for (const a of areas) areasKnown.add(a);
  const wanted = [...areasKnown].map((a) => load('vi', a));
  if (language !== 'vi') wanted.push(...[...areasKnown].map((a) => load(language, a)));
  // A catalogue that did not come must not keep the page away: its keys show as they are.
  await Promise.allSettled(wanted);
  show(language);
}

/**
 * Loads a language without showing it, so that a touch can change to it at once.
 * @param {string} language
 */
export function preload(language) {
  return Promise.all([...areasKnown].map((a) => load(language, a))).then(
    () => true,
    () => false,
  );
}

/** @param {string} language */
export async function setLang(language) {
  await loadLocale(language, []);
}

/** @param {string} language */
function show(language) {
  document.documentElement.lang = language;
  lang.value = /** @type {Lang} */ (language);
}

/** @type {Record<string, Intl.PluralRules>} */
const plurals = {};

/**
 * The words of a key in the page's language. With a number `n` among the parameters, "key.one" or
 * "key.other" is chosen where the key itself is not there.
 * @param {string} key
 * @param {Record<string, any>} [params]
 */
export function t(key, params) {
  return say(lang.value, key, params);
}

/**
 * The same in a given language; the display needs two at once.
 * @param {string} language
 * @param {string} key
 * @param {Record<string, any>} [params]
 * @returns {string}
 */
export function say(language, key, params) {
  const found = lookup(language, key, params) ?? lookup('vi', key, params) ?? key;
  return params ? found.replace(/\{(\w+)\}/g, (all, name) => (name in params ? String(params[name]) : all)) : found;
}

/** True when a key has words, in the page's language or in Vietnamese.
 * @param {string} key */
export function has(key) {
  return lookup(lang.value, key) !== undefined || lookup('vi', key) !== undefined;
}

/**
 * @param {string} language
 * @param {string} key
 * @param {Record<string, any>} [params]
 * @returns {string | undefined}
 */
function lookup(language, key, params) {
  const book = words[language] ?? {};
  if (key in book) return book[key];
  if (typeof params?.n !== 'number') return undefined;
  plurals[language] ??= new Intl.PluralRules(language);
  return book[`${key}.${plurals[language].select(params.n)}`] ?? book[`${key}.other`];
}

/**
 * A text that the centre wrote, in the page's language where it has it.
 * @param {Text | null | undefined} both
 * @param {string} [language]
 * @returns {string}
 */
export function text(both, language = lang.value) {
  if (!both) return '';
  return (language === 'en' && both.en) || both.vi || both.en || '';
}

/**
 * The language in which text() answers, for a lang attribute beside it.
 * @param {Text | null | undefined} both
 */
export function textLang(both) {
  return lang.value === 'en' && both && !both.en ? 'vi' : undefined;
}

/**
 * The sentence for a refused request: by its code, else what the server said.
 * @param {{code?: string, detail?: string, more?: Record<string, any>} | null | undefined} err
 */
export function errorText(err) {
  if (!err) return '';
  const key = `error.${err.code ?? 'internal'}`;
  if (has(key)) return t(key, err.more ?? {});
  return err.detail || t('error.internal');
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {string} locale
 * @param {string} zone
 * @param {Intl.DateTimeFormatOptions} options
 */
function format(locale, zone, options) {
  const id = locale + zone + JSON.stringify(options);
  let f = formats.get(id);
  if (!f) {
    f = new Intl.DateTimeFormat(locale, { timeZone: zone || 'Asia/Ho_Chi_Minh', ...options });
    formats.set(id, f);
  }
  return f;
}

/**
 * "09:42", always 24 h.
 * @param {string | number | Date} at
 * @param {string} [zone] of the centre
 */
export function clock(at, zone = '') {
  return format('en-GB', zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at));
}

/**
 * "Thứ Hai, 14/7/2025" or "Monday, 14 July 2025".
 * @param {string | number | Date} at
 * @param {string} [zone]
 * @param {string} [language]
 */
export function dateLong(at, zone = '', language = lang.value) {
  const d = new Date(at);
  if (language === 'en') {
    return format('en-GB', zone, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
      .format(d)
      .replace(/^(\w+) /, '$1, ');
  }
  const parts = format('en-GB', zone, { day: 'numeric', month: 'numeric', year: 'numeric' }).formatToParts(d);
  const part = (/** @type {string} */ type) => Number(parts.find((p) => p.type === type)?.value);
  const weekday = format('vi', zone, { weekday: 'long' }).format(d);
  return `${weekday}, ${part('day')}/${part('month')}/${part('year')}`;
}

/**
 * Whether two instants fall on one day of the centre.
 * @param {string | number | Date} a
 * @param {string | number | Date} b
 * @param {string} [zone]
 */
export function sameDay(a, b, zone = '') {
  const f = format('en-CA', zone, { year: 'numeric', month: '2-digit', day: '2-digit' });
  return f.format(new Date(a)) === f.format(new Date(b));
}

/**
 * When something opens: "13:30" today, "07:30 thứ Ba" or "Tue 07:30" on another day.
 * @param {string | number | Date} at
 * @param {string | number | Date} from now
 * @param {string} [zone]
 */
export function clockOrDay(at, from, zone = '') {
  if (sameDay(at, from, zone)) return clock(at, zone);
  if (lang.value === 'en') return `${format('en-GB', zone, { weekday: 'short' }).format(new Date(at))} ${clock(at, zone)}`;
  const weekday = format('vi', zone, { weekday: 'long' }).format(new Date(at));
  return `${clock(at, zone)} ${weekday.replace(/^T/, 't').replace(/^C/, 'c')}`;
}

/**
 * A duration in words: "4 phút", "4 min". Never mm:ss.
 * @param {number} seconds
 */
export function minutes(seconds) {
  const m = Math.floor(Math.max(0, seconds) / 60);
  if (m < 1) return t('time.under_minute');
  if (m < 60) return t('time.minutes', { m });
  return m % 60 === 0 ? t('time.hours', { h: m / 60 }) : t('time.hours_minutes', { h: Math.floor(m / 60), m: m % 60 });
}

/**
 * A waiting time as people say it: in steps of five minutes, never more exact than it is.
 * @param {number} p50 seconds
 * @param {number} p90 seconds
 */
export function range(p50, p90) {
  const { from, to } = steps(p50, p90);
  if (from === 0) return t('time.under', { m: to });
  return t('time.range', { from, to });
}

/**
 * The same as hours of the day: "10:05–10:15".
 * @param {string | number | Date} at from when it is counted
 * @param {number} p50 seconds
 * @param {number} p90 seconds
 * @param {string} [zone]
 */
export function clockRange(at, p50, p90, zone = '') {
  const step = 5 * 60 * 1000;
  const base = new Date(at).getTime();
  const from = Math.floor((base + p50 * 1000) / step) * step;
  const to = Math.max(from + step, Math.ceil((base + p90 * 1000) / step) * step);
  return `${clock(from, zone)}–${clock(to, zone)}`;
}

/**
 * @param {number} p50
 * @param {number} p90
 */
function steps(p50, p90) {
  const from = Math.floor(p50 / 300) * 5;
  const to = Math.max(from + 5, Math.ceil(p90 / 300) * 5);
  return to <= 10 ? { from: 0, to } : { from, to };
}
