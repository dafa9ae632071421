// @ts-check
// What the centre, or this device, set: which fields in which order, under which headings, and how
// long things wait.

/**
 * @typedef {object} Settings
 * @property {string[]} languages
 * @property {number} idleS
 * @property {number} sessionLimit tickets one person may take in one sitting, 0 for no limit
 * @property {boolean} paperless
 * @property {number} volume 0 to 100
 * @property {string} prefix of scanners
 * @property {string} suffix of scanners
 */

/**
 * @param {any} doc
 * @param {string} device
 */
function raw(doc, device) {
  return { ...(doc?.settings ?? {}), ...(doc?.devices?.[device] ?? {}) };
}

/**
 * @param {any} doc of view=kiosk
 * @param {string} device its id, "" in a browser
 * @returns {Settings}
 */
export function settingsOf(doc, device) {
  const s = raw(doc, device);
  return {
    languages: s.languages?.length ? s.languages : ['vi', 'en'],
    idleS: s.idle_s || 60,
    sessionLimit: s.session_limit ?? 3,
    paperless: !!s.paperless,
    volume: s.volume ?? 80,
    prefix: s.scan_prefix ?? '',
    suffix: s.scan_suffix ?? '',
  };
}

/**
 * The fields as this kiosk offers them.
 * @param {any} doc
 * @param {string} device
 * @returns {any[]}
 */
export function servicesOf(doc, device) {
  const wanted = raw(doc, device).services;
  if (!wanted?.length) return doc.services;
  const have = new Map(doc.services.map((/** @type {any} */ s) => [s.id, s]));
  return wanted.map((/** @type {string} */ id) => have.get(id)).filter(Boolean);
}

/**
 * The headings over them. Fields under none come last, so that no field is lost by a heading.
 * @param {any} doc
 * @param {string} device
 * @returns {{name: import('../core/i18n.js').Text | null, services: any[]}[]} empty without headings
 */
export function groupsOf(doc, device) {
  const groups = raw(doc, device).groups ?? [];
  if (groups.length === 0) return [];
  const services = servicesOf(doc, device);
  const have = new Map(services.map((s) => [s.id, s]));
  const seen = new Set();
  const out = groups.map((/** @type {any} */ g) => ({
    name: g.name,
    services: (g.services ?? []).map((/** @type {string} */ id) => have.get(id)).filter((/** @type {any} */ s) => s && !seen.has(s.id) && seen.add(s.id)),
  }));
  const rest = services.filter((s) => !seen.has(s.id));
  if (rest.length) out.push({ name: null, services: rest });
  return out.filter((/** @type {any} */ g) => g.services.length);
}
